import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { dialError } from "../../adapters/socket_errors.ts";
import type { ClientTlsOptions } from "../../tls_options.ts";
import { errorText } from "../error_text.ts";
import { formatHostPort, type HostPort } from "../host_port.ts";
import { type Finding, msSince } from "./finding.ts";

/** How long each step may take, in milliseconds. */
const STEP_MS = 10_000;

/** The name of the finding that tells who the server is. */
export const CERTIFICATE = "certificate";

const DAY_MS = 86_400_000;

/** Examines what is below HTTP/2. Stops at what makes the rest impossible. */
export async function* examineNetwork(
  peer: HostPort,
  tls: ClientTlsOptions | undefined,
): AsyncGenerator<Finding> {
  const dns = await examineDns(peer.host);
  yield dns;
  if (dns.outcome === "failed") return;
  const start = performance.now();
  let tcp;
  try {
    tcp = connectTcp({ ...peer, noDelay: true });
    await event(tcp, "connect");
    // Bun knows neither if the peer has reset it by now.
    const { remoteAddress = peer.host, remotePort = peer.port } = tcp;
    yield {
      name: "TCP",
      outcome: "ok",
      ms: msSince(start),
      detail: formatHostPort({ host: remoteAddress, port: remotePort }),
    };
    if (tls === undefined) {
      yield { name: "TLS", outcome: "ok", detail: "none: cleartext HTTP/2" };
    } else yield* examineTls(tcp, peer, tls);
  } catch (error) {
    yield failure("TCP", "tcp", peer, error);
  } finally {
    tcp?.destroy();
  }
}

async function examineDns(host: string): Promise<Finding> {
  const name = "DNS";
  if (isIP(host)) return { name, outcome: "ok", detail: "not needed" };
  const start = performance.now();
  try {
    const found = await lookup(host, { all: true });
    const detail = found.map(({ address }) => address).join(", ");
    return { name, outcome: "ok", ms: msSince(start), detail };
  } catch {
    const detail = `"${host}" has no address`;
    return { name, outcome: "failed", ms: msSince(start), detail };
  }
}

async function* examineTls(
  tcp: Socket,
  peer: HostPort,
  { ca, cert, key, serverName }: ClientTlsOptions,
): AsyncGenerator<Finding> {
  const host = serverName ?? peer.host;
  const start = performance.now();
  const socket = connectTls({
    socket: tcp,
    host,
    ...(isIP(host) === 0 && { servername: host }),
    ALPNProtocols: ["h2", "http/1.1"],
    ca: ca as string | undefined,
    cert,
    key,
    // Nothing is sent: who it is, the next finding says.
    rejectUnauthorized: false,
  });
  // A server that wants a certificate may close at once, and nothing is left
  // to be asked then.
  let findings: Finding[] = [];
  socket.once("secureConnect", () => {
    const ms = msSince(start);
    findings = [
      { ...examineAlpn(socket), ms },
      examineCertificate(socket, peer),
    ];
  });
  try {
    await event(socket, "secureConnect");
    yield* findings;
  } catch (error) {
    yield failure("TLS", "tls", peer, error);
  } finally {
    socket.destroy();
  }
}

function examineAlpn(socket: TLSSocket): Finding {
  const alpn = socket.alpnProtocol || "nothing";
  const is2 = alpn === "h2";
  return {
    name: "TLS",
    outcome: is2 ? "ok" : "failed",
    detail: `${socket.getProtocol()}, ALPN chose ${alpn}` +
      (is2 ? "" : ": this server, or what is before it, has no HTTP/2"),
  };
}

function examineCertificate(socket: TLSSocket, peer: HostPort): Finding {
  const { issuer, subjectaltname, valid_to } = socket.getPeerCertificate();
  const issuerName = issuer?.CN ?? issuer?.O ?? "somebody without a name";
  const names = subjectaltname?.replaceAll(/DNS:|IP Address:/g, "");
  const days = Math.floor((Date.parse(valid_to) - Date.now()) / DAY_MS);
  const about = `for ${
    names ?? "no name"
  }; by ${issuerName}; ${days} days left`;
  const name = CERTIFICATE;
  if (socket.authorized) return { name, outcome: "ok", detail: about };
  const { authorizationError } = socket;
  const cause = authorizationError instanceof Error
    ? authorizationError
    : new Error(String(authorizationError));
  const why = errorText(dialError(cause, "tls", formatHostPort(peer)));
  const detail = `${why.replace(/^Cannot connect to \S+ /, "")} (${about})`;
  return { name, outcome: "failed", detail };
}

function failure(
  name: string,
  during: "tcp" | "tls",
  peer: HostPort,
  error: unknown,
): Finding {
  const why = dialError(error as Error, during, formatHostPort(peer));
  return { name, outcome: "failed", detail: errorText(why) };
}

/** Waits for an event of a socket, but not for ever. */
async function event(socket: Socket, name: string): Promise<void> {
  const timer = setTimeout(() => {
    socket.destroy(new Error(`no answer within ${STEP_MS / 1000} s`));
  }, STEP_MS);
  // What fails later is no longer of interest, and may do so at once.
  socket.on("error", () => {});
  try {
    await once(socket, name);
  } finally {
    clearTimeout(timer);
  }
}
