/**
 * Go's `nettest.TestConn` in one process: both ways round, over cleartext and
 * over TLS.
 *
 * @module
 */

import { test } from "node:test";
import { accept, type Conn } from "../mod.ts";
import {
  type ConnPair,
  newTestServer,
  testConn,
  type TestServerOptions,
} from "../src/testing/mod.ts";
import { makeCertificates } from "./support/certificates.ts";

const ways = ["client", "server"] as const;
const transports = {
  cleartext: () => Promise.resolve({}),
  TLS: async () => {
    const { ca, cert, key } = await makeCertificates();
    return { server: { tls: { cert, key } }, client: { tls: { ca } } };
  },
};

async function makePair(
  driver: "client" | "server",
  options: TestServerOptions,
): Promise<ConnPair> {
  const accepted = Promise.withResolvers<Conn>();
  const server = await newTestServer((request) => {
    const { conn, response } = accept(request);
    accepted.resolve(conn);
    return response;
  }, options);
  const here = server.connect();
  const there = await accepted.promise;
  const [conn, peer] = driver === "client" ? [here, there] : [there, here];
  async function stop(): Promise<void> {
    here.abort();
    there.abort();
    await server.close();
  }
  return { conn, peer, stop };
}

for (const [transport, options] of Object.entries(transports)) {
  for (const driver of ways) {
    testConn(
      async () => makePair(driver, await options()),
      (name, run) => {
        test(`${transport}, ${driver}: ${name}`, { timeout: 90_000 }, run);
      },
    );
  }
}
