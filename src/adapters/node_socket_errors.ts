import {
  ConnectError,
  type ConnectPhase,
  type H2ConnError,
  NotSupportedError,
} from "../errors.ts";

/**
 * What a failed dial means. Node (OpenSSL), Bun (BoringSSL) and Deno (rustls)
 * say the same in different words, so the words are matched here and nowhere
 * else.
 */
export function dialError(
  cause: Error & { code?: string },
  during: "tcp" | "tls",
  peer: string,
): H2ConnError {
  const said = `${cause.code ?? ""} ${cause.message}`;
  if (/no.?application.?protocol/i.test(said)) {
    return new NotSupportedError(
      `Server at ${peer} does not speak HTTP/2: it refused ALPN "h2"`,
      { cause },
    );
  }
  const phase: ConnectPhase = isDns(cause) ? "dns" : during;
  return new ConnectError(
    phase,
    `Cannot connect to ${peer}: ${reason(cause, said, phase)}`,
    { cause },
  );
}

/** Whether a server's certificate or key is to blame. */
export function isBadCertificate(cause: Error & { code?: string }): boolean {
  return /key.?values.?mismatch|PEM|certificate|private key|KeyMismatch/i.test(
    `${cause.code ?? ""} ${cause.message}`,
  );
}

function reason(
  cause: Error & { code?: string },
  said: string,
  phase: ConnectPhase,
): string {
  if (phase === "dns") return "the host name has no address";
  if (/ECONNREFUSED/.test(said)) return "connection refused";
  if (/EHOSTUNREACH|ENETUNREACH/.test(said)) return "there is no route to it";
  if (phase !== "tls") return cause.message || said.trim();
  if (
    /SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|UnknownIssuer|self.signed|unable to (verify|get)|unknown certificate|UNKNOWN_CERTIFICATE|CaUsedAsEndEntity/i
      .test(said)
  ) {
    return "the certificate is signed by an unknown authority; give its CA " +
      "as tls.ca if you trust it";
  }
  if (/ALTNAME|NotValidForName|not valid for/i.test(said)) {
    return "the certificate is for another host name; set tls.serverName " +
      "if you know that name";
  }
  if (/CERT_HAS_EXPIRED|CERT_NOT_YET|Expired|NotValidYet/i.test(said)) {
    return "the certificate is not valid at this time";
  }
  if (
    /WRONG_VERSION|InvalidContentType|corrupt message|packet length/i.test(said)
  ) {
    return `it does not speak TLS; use "http:" for cleartext HTTP/2`;
  }
  if (/closed by the peer|ECONNRESET|socket disconnected|eof/i.test(said)) {
    return "the peer closed the connection during the TLS handshake";
  }
  return cause.message || said.trim();
}

function isDns(cause: Error & { code?: string; syscall?: string }): boolean {
  return cause.syscall === "getaddrinfo" ||
    /ENOTFOUND|EAI_|getaddrinfo|failed to lookup/i.test(
      `${cause.code ?? ""} ${cause.message}`,
    );
}
