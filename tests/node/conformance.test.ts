/**
 * Go's `nettest.TestConn` over `node:http2`, on either side and on both.
 *
 * @module
 */

import { test } from "node:test";
import { type ConnPair, testConn } from "../../src/testing/mod.ts";
import { NODE_PAIRS, type NodePairOptions, openNodePair } from "./node_pair.ts";

async function makePair(
  driver: "client" | "server",
  options: NodePairOptions,
): Promise<ConnPair> {
  const pair = await openNodePair(options);
  const { near, far } = pair;
  const [conn, peer] = driver === "client" ? [near, far] : [far, near];
  const stop = async () => await pair[Symbol.asyncDispose]();
  return { conn, peer, stop };
}

for (const [client, server] of NODE_PAIRS) {
  for (const tls of [false, true]) {
    for (const driver of ["client", "server"] as const) {
      const title = `${client} to ${server}, ${tls ? "TLS" : "cleartext"}`;
      testConn(
        () => makePair(driver, { client, server, tls }),
        (name, run) => {
          test(`${title}, ${driver}: ${name}`, { timeout: 90_000 }, run);
        },
      );
    }
  }
}
