import {
  ArgumentError,
  ConnectError,
  type ConnectPhase,
  type H2ConnError,
  ListenError,
  NotSupportedError,
} from "../errors.ts";

/** An error of a runtime's sockets; Node's and Bun's have a code. */
type SocketError = Error & { code?: string; syscall?: string };

/**
 * What a failed dial means. Node (OpenSSL), Bun (BoringSSL) and Deno (rustls)
 * say the same in different words, so the words are matched here and nowhere
 * else.
 */
export function dialError(
  cause: SocketError,
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

/** For a phase of dialing that took longer than `timeout` milliseconds. */
export function dialTimeout(
  phase: "tcp" | "tls",
  peer: string,
  timeout: number,
): ConnectError {
  const what = phase === "tcp" ? "TCP connection" : "TLS handshake";
  return new ConnectError(
    phase,
    `No ${what} with ${peer} within ${timeout} ms`,
  );
}

/** What the loss of a connection means, with the socket's error if it has one. */
export function lostError(how: string, cause?: SocketError): ConnectError {
  const said = `${cause?.code ?? ""} ${cause?.message ?? ""}`;
  const alert = alertReason(said);
  const why = alert ??
    (/EPIPE|broken pipe/i.test(said)
      ? "the peer closed it"
      : /ECONNRESET|connection reset/i.test(said)
      ? "the peer reset it (RST)"
      : cause?.message || how);
  return new ConnectError(
    alert === undefined ? "tcp" : "tls",
    `Connection was lost: ${why}`,
    { cause },
  );
}

/** What an alert of the peer says of this side's certificate. */
function alertReason(said: string): string | undefined {
  if (!/alert/i.test(said)) return undefined;
  if (/certificate.?required/i.test(said)) {
    return "the peer wants a certificate of the client; give one as tls.cert";
  }
  if (/certificate|unknown.?(ca|issuer)|access.?denied/i.test(said)) {
    return "the peer does not accept the certificate of this side";
  }
  return undefined;
}

/** What a failed listen means. */
export function listenError(
  cause: SocketError,
  at: { hostname: string; port: number },
): H2ConnError {
  if (isBadCertificate(cause)) return badCertificate(cause);
  const said = `${cause.code ?? ""} ${cause.message}`;
  const why = /EADDRINUSE|address already in use/i.test(said)
    ? "the port is in use"
    : /EACCES|permission denied/i.test(said)
    ? "the port needs more rights (ports under 1024 mostly do)"
    : /EADDRNOTAVAIL|ENOTFOUND|not available|failed to lookup/i.test(said)
    ? "this machine has no such address"
    : cause.message;
  return new ListenError(`Cannot listen on ${at.hostname}:${at.port}: ${why}`, {
    cause,
  });
}

/** A certificate or key that cannot be used. */
export function badCertificate(cause: Error): ArgumentError {
  return new ArgumentError(
    `Cannot use this TLS certificate and key: ${cause.message}. Check that ` +
      `both are the text of PEM files and that the key belongs to the certificate`,
    { cause },
  );
}

/** CA certificates that cannot be used. */
export function badAuthority(cause: Error): ArgumentError {
  return new ArgumentError(
    `Cannot use what tls.ca gives: ${cause.message}. Check that it is the ` +
      `text of a PEM file with a certificate in it`,
    { cause },
  );
}

function isBadCertificate(cause: SocketError): boolean {
  return /key.?values.?mismatch|PEM|certificate|private key|KeyMismatch/i.test(
    `${cause.code ?? ""} ${cause.message}`,
  );
}

function reason(
  cause: SocketError,
  said: string,
  phase: ConnectPhase,
): string {
  if (phase === "dns") return "the host name has no address";
  if (/ECONNREFUSED|connection refused/i.test(said)) {
    return "connection refused";
  }
  if (/EHOSTUNREACH|ENETUNREACH|unreachable/i.test(said)) {
    return "there is no route to it";
  }
  if (phase !== "tls") return cause.message || said.trim();
  if (
    /SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|UnknownIssuer|self.signed|unable to (verify|get)|unknown certificate|UNKNOWN_CERTIFICATE|CaUsedAsEndEntity/i
      .test(said)
  ) {
    return "the certificate is signed by an unknown authority; give its CA " +
      "to a Client as tls.ca if you trust it";
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

function isDns(cause: SocketError): boolean {
  return cause.syscall === "getaddrinfo" ||
    /ENOTFOUND|EAI_|getaddrinfo|failed to lookup/i.test(
      `${cause.code ?? ""} ${cause.message}`,
    );
}
