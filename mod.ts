/**
 * Full-duplex connections over HTTP/2, the same on Deno, Bun and Node: one
 * request becomes a {@linkcode Conn} that both sides read and write at the same
 * time.
 *
 * @example
 * ```ts
 * import { connect, handle, serve } from "@h2conn/h2conn";
 *
 * await using server = await serve(
 *   { port: 0 },
 *   handle(async (conn) => {
 *     for await (const chunk of conn) await conn.write(chunk);
 *   }),
 * );
 * await using conn = connect(server.url);
 * await conn.write(new TextEncoder().encode("hello"));
 * await conn.closeWrite();
 * for await (const chunk of conn) console.log(chunk.length); // 5
 * ```
 *
 * @module
 */

export {
  accept,
  type Accepted,
  type AcceptInit,
  type AcceptOptions,
  handle,
  type HandleOptions,
} from "./src/accept.ts";
export type { Addr } from "./src/addr.ts";
export {
  Client,
  type ClientCloseOptions,
  type ClientOptions,
  connect,
} from "./src/client.ts";
export type { AbortInit, Conn, ConnInfo } from "./src/conn.ts";
export type {
  ConnectOptions,
  InformationalResponse,
} from "./src/connect_options.ts";
export type { Limits, Timeouts, Windows } from "./src/connection_options.ts";
export {
  ArgumentError,
  ClosedError,
  ConnectError,
  type ConnectPhase,
  GoawayError,
  type H2Code,
  H2ConnError,
  type H2ConnErrorCode,
  ListenError,
  MessageError,
  type MessageFault,
  NotSupportedError,
  ProtocolError,
  ResetError,
  StatusError,
  TimeoutError,
} from "./src/errors.ts";
export type { ErrorCode } from "./src/http2/error_code.ts";
export type { Settings } from "./src/http2/settings.ts";
export type { OriginPolicy } from "./src/origin_policy.ts";
export type { OnPush, Push } from "./src/push.ts";
export type { HttpProtocol, ServeInfo } from "./src/serve_info.ts";
export type { PushInit, PushRefusal, PushResult } from "./src/server_push.ts";
export {
  type Handler,
  serve,
  type ServeOptions,
  type Server,
} from "./src/server.ts";
export type { ClientTlsOptions, ServerTlsOptions } from "./src/tls_options.ts";
export type { Supports } from "./src/transport.ts";
