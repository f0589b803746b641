import type { Addr } from "./addr.ts";

/** The HTTP version of a request, as ALPN calls it (RFC 7301). */
export type HttpProtocol = "h2" | "http/1.1" | "http/1.0";

/** What a handler is told besides the request. */
export interface ServeInfo {
  /** The HTTP version of the request. */
  readonly protocol: HttpProtocol;
  /** This end of the connection. */
  readonly localAddr: Addr | undefined;
  /** The other end of the connection. */
  readonly remoteAddr: Addr | undefined;
  /**
   * Resolves when the response has been sent whole, rejects when it was cut.
   * It never causes an unhandled rejection.
   */
  readonly completed: Promise<void>;
}
