import type { Socket as NodeNetSocket } from "node:net";
import type { Addr } from "../addr.ts";
import type { ClientTlsOptions, ServerTlsOptions } from "../tls_options.ts";

/** What a socket tells its owner. */
export interface SocketHandler {
  /** Bytes came; they are the handler's only until it returns. */
  onData(chunk: Uint8Array): void;
  /** The peer sent FIN. */
  onEnd(): void;
  /** The socket is gone, with the error that ended it. */
  onClose(error: Error | undefined): void;
}

/** A connected TCP or TLS socket, the same for every runtime. */
export interface Socket {
  readonly localAddr: Addr | undefined;
  readonly remoteAddr: Addr | undefined;
  readonly isEncrypted: boolean;
  /** What ALPN agreed on (RFC 7301), if anything. */
  readonly alpnProtocol: string | undefined;
  /**
   * Hands over what comes, from the first byte on. Called again, it hands over
   * what comes from now on to another.
   */
  start(handler: SocketHandler): void;
  /** Takes nothing from the peer, but for what is on its way. */
  pause(): void;
  /** Goes on after `pause`. */
  resume(): void;
  /** Sends bytes, which stay untouched until `onDone`. */
  write(bytes: Uint8Array, onDone: () => void): void;
  /** Sends FIN after all that was written. */
  end(): void;
  /** Ends the socket at once; the handler hears of it later. */
  destroy(): void;
  ref(): void;
  unref(): void;
}

export interface DialOptions {
  readonly hostname: string;
  readonly port: number;
  /** TLS with ALPN `h2`, or cleartext if undefined. */
  readonly tls: ClientTlsOptions | undefined;
  /** Milliseconds for TCP, and again for TLS. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

export interface ListenOptions {
  readonly hostname: string;
  readonly port: number;
  readonly tls: ServerTlsOptions | undefined;
  /** What to offer by ALPN. */
  readonly alpnProtocols: readonly string[];
  /** Milliseconds that a client has for its TLS handshake. */
  readonly handshakeTimeout: number;
  onSocket(socket: Socket): void;
}

/** A socket that listens. */
export interface Listener {
  readonly addr: Addr;
  /** Takes no more connections; those that are open stay. */
  close(): Promise<void>;
  ref(): void;
  unref(): void;
}

/** What a runtime has to offer. */
export interface RuntimeAdapter {
  /** Rejects with `ConnectError` or `NotSupportedError`. */
  dial(options: DialOptions): Promise<Socket>;
  /** Throws `ArgumentError` for a certificate or key that is none. */
  checkClientTls(tls: ClientTlsOptions): void;
  /** A socket that somebody else accepted. */
  wrap(socket: NodeNetSocket): Socket;
  /** Rejects with `ListenError` or `ArgumentError`. */
  listen(options: ListenOptions): Promise<Listener>;
}
