/**
 * Go's `nettest.TestConn` between processes, over TLS: this runtime against
 * each of the three, both ways round. Run on all three it covers nine pairs of
 * a client and a server, either of them as the one under test.
 *
 * @module
 */

import { appendFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { accept, Client, type Conn, serve } from "../../mod.ts";
import { type ConnPair, testConn } from "../../src/testing/mod.ts";
import { makeCertificates } from "../support/certificates.ts";
import { type Runtime, runtimes, thisRuntime } from "../support/runtimes.ts";
import { RemotePeer } from "./remote_peer.ts";

/** The end under test is a client here; its peer serves. */
async function connectTo(runtime: Runtime): Promise<ConnPair> {
  const { ca, cert, key } = await makeCertificates();
  const peer = new RemotePeer(runtime);
  const client = new Client({ tls: { ca } });
  async function stop(): Promise<void> {
    await peer.stop();
    await client.close({ graceMs: 0 });
  }
  try {
    const conn = client.connect(await peer.serve(cert, key));
    await conn.opened;
    return { conn, peer, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The end under test is a server here; its peer connects. */
async function serveTo(runtime: Runtime): Promise<ConnPair> {
  const { ca, cert, key } = await makeCertificates();
  const accepted = Promise.withResolvers<Conn>();
  const peer = new RemotePeer(runtime);
  const server = await serve({ port: 0, tls: { cert, key } }, (request) => {
    const { conn, response } = accept(request);
    accepted.resolve(conn);
    return response;
  });
  async function stop(): Promise<void> {
    await peer.stop();
    await server.shutdown(0);
  }
  try {
    await peer.connect(server.url, ca);
    return { conn: await accepted.promise, peer, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** For `scripts/nettest_table.ts`. */
function notePass(client: Runtime, server: Runtime): void {
  const path = process.env.H2CONN_CROSSED_RESULTS;
  if (path) appendFileSync(path, `${client} ${server}\n`);
}

for (const runtime of runtimes) {
  testConn(() => connectTo(runtime), (name, run) => {
    const title = `${thisRuntime} connects to ${runtime}: ${name}`;
    test(title, { timeout: 90_000 }, async () => {
      await run();
      notePass(thisRuntime, runtime);
    });
  });
  testConn(() => serveTo(runtime), (name, run) => {
    const title = `${thisRuntime} serves ${runtime}: ${name}`;
    test(title, { timeout: 90_000 }, async () => {
      await run();
      notePass(runtime, thisRuntime);
    });
  });
}
