import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, handle, serve } from "../mod.ts";
import { bytes, openPair, readExactly, text, within } from "./support/pair.ts";

/** Larger than a stream's first window. */
const LARGE = new Uint8Array(256 * 1024);
const CHUNK = new Uint8Array(4096);

/** Writes until a write does not settle; gives how much was taken. */
async function fill(conn: { write(p: Uint8Array): Promise<number> }) {
  let taken = 0;
  const stop = new AbortController();
  const flood = (async () => {
    while (!stop.signal.aborted) taken += await conn.write(CHUNK);
  })();
  flood.catch(() => {});
  // Stalled once nothing more is taken for a while.
  for (let before = -1; before !== taken;) {
    before = taken;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  stop.abort();
  return taken;
}

for (const side of ["client", "server"] as const) {
  test(`a reader that stops stalls its writer (${side} writes)`, async () => {
    await using pair = await openPair();
    const writer = side === "client" ? pair.near : pair.far;
    const taken = await fill(writer);
    assert.ok(taken > 0 && taken <= 1024 * 1024, `${taken} bytes were taken`);
  });

  test(`stalled streams stall no other of the session (${side} writes)`, async () => {
    await using pair = await openPair();
    const stalled = [
      pair,
      ...await Promise.all(
        Array.from({ length: 100 }, () => pair.another()),
      ),
    ];
    for (const { near, far } of stalled) {
      const writer = side === "client" ? near : far;
      writer.write(LARGE).catch(() => {});
    }
    const other = await pair.another();
    const [writer, reader] = side === "client"
      ? [other.near, other.far]
      : [other.far, other.near];
    for (let turn = 0; turn < 100; turn++) {
      const write = writer.write(LARGE);
      await within(readExactly(reader, LARGE.length), "read");
      await write;
    }
    await reader.write(bytes("done"));
    assert.equal(text(await readExactly(writer, 4)), "done");
  });
}

test("a reader that stops and goes on gets every byte", async () => {
  await using pair = await openPair();
  const total = 16 * 1024 * 1024;
  const sent = (async () => {
    const chunk = new Uint8Array(100_000);
    for (let at = 0; at < total; at += chunk.length) {
      for (let i = 0; i < chunk.length; i += 1000) chunk[i] = (at + i) / 1000;
      await pair.near.write(chunk);
    }
    await pair.near.closeWrite();
  })();
  let at = 0;
  for await (const chunk of pair.far) {
    for (let i = (1000 - at % 1000) % 1000; i < chunk.length; i += 1000) {
      assert.equal(chunk[i], ((at + i) / 1000) & 0xff);
    }
    at += chunk.length;
    if (at % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await sent;
  assert.equal(at, Math.ceil(total / 100_000) * 100_000);
});

test("streams that close unread cost the session nothing", async () => {
  await using server = await serve(
    { port: 0 },
    handle(async (conn) => {
      await conn.write(new Uint8Array(32 * 1024));
      await conn.close();
    }),
  );
  await using client = new Client();
  // More than the session's window, none of it read.
  for (let turn = 0; turn < 500; turn++) {
    const conn = client.connect(server.url);
    await conn.closeWrite();
    await within(conn.closed, `end of stream ${turn}`);
  }
});

test("content that a handler does not read costs the session nothing", async () => {
  await using server = await serve(
    { port: 0 },
    () => new Response(null, { status: 204 }),
  );
  await using client = new Client();
  for (let turn = 0; turn < 500; turn++) {
    const conn = client.connect(server.url);
    await within(conn.write(new Uint8Array(30_000)), `write ${turn}`);
    await conn.close();
  }
});
