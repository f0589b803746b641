import { ConnectError, type H2ConnError, NotSupportedError } from "./errors.ts";

/** A server, as an error tells of it. */
export interface ServerName {
  /** Host and port. */
  readonly host: string;
  readonly isEncrypted: boolean;
}

/** The error, if the first bytes of a server are those of another protocol. */
export function otherProtocol(
  bytes: Uint8Array,
  { host, isEncrypted }: ServerName,
): H2ConnError | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 40));
  if (start.startsWith("HTTP/1.")) {
    const hint = isEncrypted ? "" : ` in cleartext; try "https:"`;
    return new NotSupportedError(
      `Server at ${host} answered in HTTP/1.x: it does not speak HTTP/2${hint}`,
    );
  }
  // An alert of TLS (RFC 8446 section 5.1).
  if (start.startsWith("\x15\x03")) {
    return new NotSupportedError(
      `Server at ${host} answered in TLS; use "https:"`,
    );
  }
  // The fourth byte of a frame is its type, and there is none of a letter.
  const [text] = start.match(/^[ -~]{4,}/) ?? [];
  if (text === undefined) return undefined;
  return new NotSupportedError(
    `Server at ${host} does not speak HTTP/2: it says "${text}"`,
  );
}

/** For a connection that was lost before the server had said anything. */
export function lostUnheard(
  cause: ConnectError,
  { host, isEncrypted }: ServerName,
): ConnectError {
  // An alert says why. But Bun tells of none that comes after the handshake,
  // and Deno not always.
  if (cause.phase === "tls") return cause;
  const hint = isEncrypted
    ? "does it speak HTTP/2, or want a certificate of the client (tls.cert)?"
    : `does it want "https:"?`;
  return new ConnectError(
    "http2",
    `Server at ${host} closed the connection before it spoke HTTP/2: ${hint}`,
    { cause },
  );
}
