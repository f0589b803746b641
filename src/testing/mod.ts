/**
 * Tests for everything that is a {@linkcode Conn}, and a server to test with.
 *
 * {@linkcode connTests} are the subtests of Go's `nettest.TestConn`. They need
 * a function that makes a connected pair, and any test framework, or none.
 *
 * @example The suite, over a server on a free port
 * ```ts
 * import { accept, type Conn } from "@h2conn/h2conn";
 * import { newTestServer, testConn } from "@h2conn/h2conn/testing";
 * import { test } from "node:test";
 *
 * async function makePair() {
 *   const accepted = Promise.withResolvers<Conn>();
 *   const server = await newTestServer((request) => {
 *     const { conn, response } = accept(request);
 *     accepted.resolve(conn);
 *     return response;
 *   });
 *   const conn = server.connect();
 *   const peer = await accepted.promise;
 *   async function stop() {
 *     conn.abort();
 *     await server.close();
 *   }
 *   return { conn, peer, stop };
 * }
 *
 * testConn(makePair, (name, run) => test(`Conn: ${name}`, run));
 * ```
 *
 * @module
 */

export {
  type ConnPair,
  type ConnTest,
  connTests,
  type MakePair,
  type RegisterTest,
  testConn,
} from "./conn_tests.ts";
export { type Peer, type PeerRole, playPeer } from "./peer.ts";
export {
  newTestServer,
  type TestServer,
  type TestServerOptions,
} from "./test_server.ts";
