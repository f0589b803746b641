import type { Addr } from "./addr.ts";
import type { PushInit, PushResult } from "./server_push.ts";

/** The HTTP version of a request, as ALPN calls it (RFC 7301). */
export type HttpProtocol = "h2" | "http/1.1" | "http/1.0";

/** What a handler is told besides the request. */
export interface ServeInfo {
  /** The HTTP version of the request. */
  readonly protocol: HttpProtocol;
  /**
   * The `:protocol` of an extended CONNECT (RFC 8441), such as `"websocket"`;
   * undefined for every other request.
   */
  readonly connectProtocol: string | undefined;
  /** This end of the connection. */
  readonly localAddr: Addr | undefined;
  /** The other end of the connection. */
  readonly remoteAddr: Addr | undefined;
  /**
   * Resolves when the response has been sent whole, rejects when it was cut.
   * It never causes an unhandled rejection.
   */
  readonly completed: Promise<void>;
  /**
   * Pushes a response that the client has not asked for (RFC 9113 section 8.4):
   * that of the same handler to a GET of `path`, or the one given. The promise
   * goes out at once, so push before you send what refers to it. Go's
   * `http.Pusher`, without its type test: where there can be no push the result
   * says why.
   *
   * Throws {@linkcode ArgumentError} for a path that does not start with `"/"`,
   * a method other than GET and HEAD, or a header that is not allowed.
   *
   * @example
   * ```ts
   * import { type Handler } from "@h2conn/h2conn";
   *
   * export const handler: Handler = (request, info) => {
   *   if (new URL(request.url).pathname === "/style.css") {
   *     return new Response("body { color: teal }");
   *   }
   *   const result = info.push("/style.css");
   *   if (!result.pushed) console.log(`Not pushed: ${result.reason}`);
   *   return new Response("Hello");
   * };
   * ```
   */
  push(path: string, init?: PushInit): PushResult;
  /**
   * Sends an informational response before the final one (RFC 9110 section
   * 15.2); by default 103, whose `link` headers tell a client what to fetch
   * early (RFC 8297). Returns whether it was sent: it is too late after the
   * final response's headers, and HTTP/1.0 has none.
   *
   * Throws {@linkcode ArgumentError} for a header that is not allowed, or a
   * status that is not in 102 to 199.
   */
  sendInformational(headers: HeadersInit, status?: number): boolean;
}
