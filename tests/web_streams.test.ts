import assert from "node:assert/strict";
import { test } from "node:test";
import { ClosedError, ResetError } from "../mod.ts";
import {
  bytes,
  openPair,
  pattern,
  readAll,
  readExactly,
  text,
  within,
} from "./support/pair.ts";

test("pipeTo carries bytes and the end, both ways at once", async () => {
  await using pair = await openPair();
  const echo = pair.far.readable.pipeTo(pair.far.writable);
  const sent = pattern(1024 * 1024);
  const received = new Response(pair.near.readable).arrayBuffer();
  await new Blob([sent]).stream().pipeTo(pair.near.writable);
  assert.deepEqual(new Uint8Array(await within(received, "echo")), sent);
  await within(echo, "end of the echo");
  await within(Promise.all([pair.near.closed, pair.far.closed]), "clean end");
});

test("the readable is a byte stream with BYOB readers", async () => {
  await using pair = await openPair();
  await pair.far.write(bytes("hello"));
  const reader = pair.near.readable.getReader({ mode: "byob" });
  const first = await reader.read(new Uint8Array(3));
  assert.equal(text(first.value!), "hel");
  const second = await reader.read(new Uint8Array(8));
  assert.equal(text(second.value!), "lo");
  await pair.far.closeWrite();
  assert.equal((await reader.read(new Uint8Array(8))).done, true);
});

test("direct calls and the streams show the same bytes", async () => {
  await using pair = await openPair();
  await pair.far.write(bytes("abcdef"));
  assert.equal(text(await readExactly(pair.near, 2)), "ab");
  const reader = pair.near.readable.getReader();
  const { value } = await reader.read();
  assert.equal(text(value!), "cdef");
  reader.releaseLock();
  await pair.far.write(bytes("gh"));
  assert.equal(text(await readExactly(pair.near, 2)), "gh");
  const writer = pair.near.writable.getWriter();
  await writer.write(bytes("1"));
  await pair.near.write(bytes("2"));
  await writer.write(bytes("3"));
  assert.equal(text(await readExactly(pair.far, 3)), "123");
  assert.equal(pair.near.readable, pair.near.readable);
  assert.equal(pair.near.writable, pair.near.writable);
});

test("a cut errors both streams, after the bytes that came", async () => {
  await using pair = await openPair();
  await pair.far.write(bytes("last"));
  const reader = pair.near.readable.getReader();
  const writer = pair.near.writable.getWriter();
  writer.closed.catch(() => {});
  // The bytes are here before the cut.
  assert.equal(text((await reader.read()).value!), "last");
  pair.far.abort({ code: "INTERNAL_ERROR" });
  await assert.rejects(within(reader.read(), "error"), ResetError);
  await assert.rejects(within(writer.closed, "error"), {
    h2Code: { name: "INTERNAL_ERROR", number: 2 },
  });
});

test("closing the writable ends one direction only", async () => {
  await using pair = await openPair();
  await pair.near.writable.close();
  assert.equal(await pair.far.read(new Uint8Array(1)), null);
  await pair.far.write(bytes("on"));
  assert.equal(text(await readExactly(pair.near, 2)), "on");
});

test("aborting the writable resets the stream", async () => {
  await using pair = await openPair();
  await pair.near.opened;
  await pair.near.writable.abort(new Error("no more"));
  await assert.rejects(within(pair.far.closed, "reset"), {
    name: "ResetError",
    h2Code: { name: "CANCEL", number: 8 },
  });
});

test("a source that fails in pipeTo cuts the stream, never ends it", async () => {
  await using pair = await openPair();
  let turn = 0;
  const source = new ReadableStream({
    pull(controller) {
      if (turn++ === 0) controller.enqueue(bytes("part"));
      else controller.error(new Error("disk is gone"));
    },
  });
  await assert.rejects(source.pipeTo(pair.near.writable), /disk is gone/);
  await assert.rejects(readAll(pair.far), ResetError);
});

test("cancelling the readable drops what comes and leaves writing open", async () => {
  await using pair = await openPair();
  await pair.near.readable.cancel();
  await within(
    pair.far.write(new Uint8Array(8 * 1024 * 1024)),
    "write",
    20_000,
  );
  await assert.rejects(pair.near.read(new Uint8Array(1)), ClosedError);
  await pair.near.write(bytes("still"));
  assert.equal(text(await readExactly(pair.far, 5)), "still");
});

test("leaving an iteration leaves the Conn open", async () => {
  await using pair = await openPair();
  await pair.far.write(bytes("one"));
  for await (const chunk of pair.near) {
    assert.equal(text(chunk), "one");
    break;
  }
  await pair.far.write(bytes("two"));
  assert.equal(text(await readExactly(pair.near, 3)), "two");
});

test("transform streams of the platform work on a Conn", async () => {
  await using pair = await openPair();
  const lines = pair.near.readable
    .pipeThrough(new DecompressionStream("gzip"))
    .pipeThrough(new TextDecoderStream());
  const zipped = new Blob(["packed"]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  await zipped.pipeTo(pair.far.writable);
  let all = "";
  for await (const line of lines) all += line;
  assert.equal(all, "packed");
});

test("chunks of several Conns never share memory, however they came", async () => {
  await using pair = await openPair();
  const others = await Promise.all([pair.another(), pair.another()]);
  const conns = [pair, ...others];
  const sent = pattern(5000);
  const fromStream = pair.near.readable.getReader().read();
  const fromLoop = others.map(({ near }) =>
    near[Symbol.asyncIterator]().next()
  );
  // Written in one turn, they leave as one write and come as one chunk.
  await Promise.all(conns.map(({ far }) => far.write(sent)));
  const first = (await fromStream).value!;
  const [second, third] = await Promise.all(fromLoop);
  structuredClone(first.buffer, { transfer: [first.buffer] });
  assert.deepEqual(second.value, sent);
  assert.deepEqual(third.value, sent);
});
