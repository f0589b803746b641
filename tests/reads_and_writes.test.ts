import assert from "node:assert/strict";
import { test } from "node:test";
import { ArgumentError, TimeoutError } from "../mod.ts";
import {
  bytes,
  openPair,
  pattern,
  readAll,
  readExactly,
  text,
  within,
} from "./support/pair.ts";

test("reads that wait are served in order", async () => {
  await using pair = await openPair();
  const buffers = [1, 2, 3].map((length) => new Uint8Array(length));
  const reads = buffers.map((buffer) => pair.near.read(buffer));
  await pair.far.write(bytes("abcdef"));
  assert.deepEqual(await Promise.all(reads), [1, 2, 3]);
  assert.deepEqual(buffers.map(text), ["a", "bc", "def"]);
});

test("writes that wait are sent in order", async () => {
  await using pair = await openPair();
  const pieces = Array.from(
    { length: 200 },
    (_, index) => pattern(1 + index * 13, index + 1),
  );
  const received = readAll(pair.far);
  await Promise.all(pieces.map((piece) => pair.near.write(piece)));
  await pair.near.closeWrite();
  assert.deepEqual(
    await received,
    Uint8Array.from(pieces.flatMap((piece) => [...piece])),
  );
});

test("a buffer may be used again once its call has settled", async () => {
  await using pair = await openPair();
  const buffer = new Uint8Array(4);
  for (const word of ["aaaa", "bbbb", "cccc"]) {
    buffer.set(bytes(word));
    await pair.near.write(buffer);
    buffer.fill(0);
  }
  assert.equal(text(await readExactly(pair.far, 12)), "aaaabbbbcccc");
});

test("a call with no bytes resolves at once", async () => {
  await using pair = await openPair();
  assert.equal(await pair.near.read(new Uint8Array(0)), 0);
  assert.equal(await pair.near.write(new Uint8Array(0)), 0);
  pair.near.setDeadline(0);
  assert.equal(await pair.near.read(new Uint8Array(0)), 0);
  assert.equal(await pair.near.write(new Uint8Array(0)), 0);
});

test("what is not bytes is refused", async () => {
  await using pair = await openPair();
  const wrong = "text" as unknown as Uint8Array;
  await assert.rejects(pair.near.write(wrong), {
    name: "ArgumentError",
    message: /type "string": .* TextEncoder/,
  });
  await assert.rejects(pair.near.read(wrong), ArgumentError);
});

test("a view into a larger buffer is read and written as a view", async () => {
  await using pair = await openPair();
  const large = pattern(100);
  await pair.near.write(large.subarray(10, 20));
  const target = new Uint8Array(30);
  assert.equal(await pair.far.read(target.subarray(5, 25)), 10);
  assert.deepEqual(target.subarray(5, 15), large.subarray(10, 20));
  assert.deepEqual([...target.subarray(15)], Array(15).fill(0));
});

test("a write that times out says how much was sent, and loses nothing", async () => {
  await using pair = await openPair();
  const sent = pattern(8 * 1024 * 1024);
  pair.near.setWriteDeadline(Date.now() + 50);
  const error = await pair.near.write(sent).then(
    () => assert.fail("the write did not stall"),
    (error) => error as TimeoutError,
  );
  assert.ok(error instanceof TimeoutError);
  assert.equal(error.name, "TimeoutError");
  assert.ok(error.bytesWritten > 0 && error.bytesWritten < sent.length);
  await assert.rejects(pair.near.write(bytes("x")), { bytesWritten: 0 });
  pair.near.setWriteDeadline(null);
  const received = readAll(pair.far);
  await pair.near.write(sent.subarray(error.bytesWritten));
  await pair.near.closeWrite();
  assert.deepEqual(await within(received, "the rest", 20_000), sent);
});

test("a read that times out has taken no byte", async () => {
  await using pair = await openPair();
  const buffer = new Uint8Array(8);
  pair.near.setReadDeadline(new Date(Date.now() + 20));
  await assert.rejects(pair.near.read(buffer), TimeoutError);
  await pair.far.write(bytes("whole"));
  await assert.rejects(pair.near.read(buffer), TimeoutError);
  pair.near.setReadDeadline(null);
  assert.equal(text(await readExactly(pair.near, 5)), "whole");
});

test("a closeWrite() that times out has not ended the stream", async () => {
  await using pair = await openPair();
  const sent = new Uint8Array(4 * 1024 * 1024).fill(7);
  const write = pair.near.write(sent);
  const end = pair.near.closeWrite();
  pair.near.setWriteDeadline(Date.now() + 30);
  const [written] = await Promise.all([
    write.then(() => assert.fail("no timeout"), (error) => error.bytesWritten),
    assert.rejects(end, TimeoutError),
  ]);
  pair.near.setWriteDeadline(null);
  const received = readAll(pair.far);
  await pair.near.write(sent.subarray(written));
  await pair.near.closeWrite();
  assert.equal((await within(received, "EOF", 20_000)).length, sent.length);
});

test("deadlines of reads and writes are separate, and far ones do not fire", async () => {
  await using pair = await openPair();
  pair.near.setReadDeadline(1);
  await pair.near.write(bytes("x"));
  pair.near.setReadDeadline(Infinity);
  pair.near.setWriteDeadline(new Date(0));
  await assert.rejects(pair.near.write(bytes("x")), TimeoutError);
  // Over 2^31 ms ahead, where setTimeout would fire at once.
  pair.near.setDeadline(Date.now() + 2 ** 40);
  const read = pair.near.read(new Uint8Array(1));
  await pair.far.write(bytes("y"));
  assert.equal(await read, 1);
  assert.throws(() => pair.near.setDeadline(NaN), ArgumentError);
  assert.throws(() => pair.near.setDeadline(new Date(NaN)), ArgumentError);
});

test("a buffer that is transferred under a call fails that call only", async () => {
  await using pair = await openPair();
  const other = await pair.another();
  const buffer = new Uint8Array(8);
  const read = pair.near.read(buffer);
  structuredClone(buffer.buffer, { transfer: [buffer.buffer] });
  const large = new Uint8Array(4 * 1024 * 1024);
  const write = pair.near.write(large);
  structuredClone(large.buffer, { transfer: [large.buffer] });
  await pair.far.write(bytes("late"));
  await assert.rejects(within(read, "read"), ArgumentError);
  const sink = (async () => {
    for await (const _ of pair.far);
  })();
  sink.catch(() => {});
  await assert.rejects(within(write, "write"), ArgumentError);
  assert.equal(text(await readExactly(pair.near, 4)), "late");
  await other.near.write(bytes("fine"));
  assert.equal(text(await readExactly(other.far, 4)), "fine");
});
