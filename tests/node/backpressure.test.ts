/**
 * Flow control of Conns over `node:http2`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Conn } from "../../mod.ts";
import { bytes, pattern, readExactly, text, within } from "../support/pair.ts";
import { type Ends, NODE_PAIRS, openNodePair } from "./node_pair.ts";

/** Larger than a stream's first window. */
const LARGE = pattern(256 * 1024);

/** The end that writes, and the other. */
function ends(side: "client" | "server", { near, far }: Ends): [Conn, Conn] {
  return side === "client" ? [near, far] : [far, near];
}

/** Writes until a write does not settle; gives how much was taken. */
async function fill(conn: Conn): Promise<number> {
  const chunk = new Uint8Array(4096);
  let taken = 0;
  let isStopped = false;
  async function flood(): Promise<void> {
    while (!isStopped) taken += await conn.write(chunk);
  }
  flood().catch(() => {});
  // Stalled once nothing more is taken for a while.
  for (let before = -1; before !== taken;) {
    before = taken;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  isStopped = true;
  return taken;
}

/** Writes `total` bytes and ends; checks that an echo brings them back. */
async function sendThroughEcho(conn: Conn, total: number): Promise<void> {
  const sent = pattern(100_000, total);
  async function send(): Promise<void> {
    for (let at = 0; at < total; at += sent.length) {
      await conn.write(sent.subarray(0, total - at));
    }
    await conn.closeWrite();
  }
  const sending = send();
  let at = 0;
  for await (const chunk of conn) {
    for (let i = 0; i < chunk.length; i += 997) {
      assert.equal(chunk[i], sent[(at + i) % sent.length]);
    }
    at += chunk.length;
  }
  await sending;
  assert.equal(at, total);
}

async function echo(conn: Conn): Promise<void> {
  for await (const chunk of conn) await conn.write(chunk);
  await conn.close();
}

for (const [client, server] of NODE_PAIRS) {
  const pairs = `${client} to ${server}`;

  for (const side of ["client", "server"] as const) {
    test(`${pairs}: a reader that stops stalls its writer (${side} writes)`, async () => {
      await using pair = await openNodePair({ client, server });
      const [writer] = ends(side, pair);
      const taken = await fill(writer);
      assert.ok(taken > 0 && taken <= 1024 * 1024, `${taken} bytes were taken`);
    });

    test(`${pairs}: stalled streams stall no other of the session (${side} writes)`, async () => {
      await using pair = await openNodePair({ client, server });
      const stalled: Ends[] = [pair];
      while (stalled.length < 50) stalled.push(await pair.another());
      for (const stream of stalled) {
        ends(side, stream)[0].write(LARGE).catch(() => {});
      }
      const [writer, reader] = ends(side, await pair.another());
      for (let turn = 0; turn < 20; turn++) {
        const write = writer.write(LARGE);
        const read = await within(readExactly(reader, LARGE.length), "read");
        assert.deepEqual(read, LARGE);
        await write;
      }
      await reader.write(bytes("done"));
      assert.equal(text(await readExactly(writer, 4)), "done");
    });
  }

  test(
    `${pairs}: 20 MiB come back from an echo`,
    { timeout: 60_000 },
    async () => {
      await using pair = await openNodePair({ client, server });
      const echoing = echo(pair.far);
      await within(
        sendThroughEcho(pair.near, 20 * 1024 * 1024),
        "echo",
        30_000,
      );
      await echoing;
      await within(pair.near.closed, "clean end");
    },
  );

  test(`${pairs}: 200 streams at once each get their own bytes back`, {
    timeout: 60_000,
  }, async () => {
    await using pair = await openNodePair({ client, server });
    const all: Ends[] = [];
    while (all.length < 200) all.push(await pair.another());
    for (const { far } of all) echo(far).catch(() => {});
    await within(
      Promise.all(
        all.map(({ near }, i) => sendThroughEcho(near, 50_000 + i)),
      ),
      "echoes",
      30_000,
    );
  });
}

test("a Conn's large writes that wait do not exhaust the session's memory", {
  timeout: 60_000,
}, async () => {
  await using pair = await openNodePair({
    client: "session",
    server: "stream",
  });
  const all: Ends[] = [pair];
  while (all.length < 400) all.push(await pair.another());
  // maxSessionMemory is 10 MB.
  const writes = all.map(({ near }) => near.write(new Uint8Array(1_000_000)));
  await new Promise((resolve) => setTimeout(resolve, 200));
  await Promise.all(
    all.map(async ({ far }) => {
      await within(readExactly(far, 1_000_000), "read", 30_000);
    }),
  );
  await Promise.all(writes);
});

test("small writes share frames", async () => {
  await using pair = await openNodePair({
    client: "session",
    server: "stream",
  });
  const writes: Promise<number>[] = [];
  for (let i = 0; i < 1000; i++) writes.push(pair.near.write(bytes("0123")));
  await Promise.all(writes);
  const read = await pair.far.read(new Uint8Array(10_000));
  assert.ok(read !== null && read >= 1000, `the first read had ${read} bytes`);
});
