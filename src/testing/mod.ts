/**
 * Tests for everything that is a {@linkcode Conn}, and a server to test with.
 *
 * {@linkcode connTests} are the subtests of Go's `nettest.TestConn`. They need
 * a function that makes a connected pair, and any test framework, or none.
 *
 * @example The suite, over a server on a free port
 * ```ts
 * import { accept, type Conn } from "@h2conn/h2conn";
 * import { connTests, newTestServer } from "@h2conn/h2conn/testing";
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
 * // In a test framework: testConn(makePair, (name, run) => test(name, run));
 * for (const test of connTests) await test.run(makePair);
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
