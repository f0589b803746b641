/**
 * Conns over streams and sessions of `node:http2` that are your own, and HTTP/2
 * on the sockets of a server that you have.
 *
 * @example A server that has other things to do, and a client's session
 * ```ts
 * import { connect, handle } from "@h2conn/h2conn/node";
 * import http2 from "node:http2";
 * import type { AddressInfo } from "node:net";
 *
 * const echo = handle((conn) => conn.readable.pipeTo(conn.writable));
 * const server = http2.createServer((request, response) => {
 *   if (request.url === "/echo") echo(request, response);
 *   else response.end("hello");
 * });
 * await new Promise<void>((resolve) => server.listen(0, resolve));
 *
 * const { port } = server.address() as AddressInfo;
 * const session = http2.connect(`http://localhost:${port}`);
 * const conn = connect(session, "/echo");
 * await conn.write(new TextEncoder().encode("hello"));
 * console.log(await conn.read(new Uint8Array(100))); // 5
 * await conn.close();
 *
 * session.close();
 * server.close();
 * ```
 *
 * @module
 */

export type { AcceptInit } from "../accept.ts";
export type { Conn } from "../conn.ts";
export { accept } from "./accept.ts";
export { connect, type SessionConnectOptions } from "./connect.ts";
export { handle, type NodeHandleOptions, type NodeHandler } from "./handle.ts";
export { mount, type Mounted, type MountOptions } from "./mount.ts";
