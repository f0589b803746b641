import assert from "node:assert/strict";
import { test } from "node:test";
import { ReceiveBuffer } from "../../src/codec/receive_buffer.ts";

const KIB = 1024;

/** Reads as much as there is space for, up to `length`. */
function read(buffer: ReceiveBuffer, length: number): number {
  const space = buffer.space();
  const taken = Math.min(space.length, length);
  buffer.fill(taken);
  return taken;
}

test("one read takes at most 16 KiB, however large the buffer is", () => {
  const buffer = new ReceiveBuffer();
  while (buffer.length < 1000 * KIB) {
    const taken = read(buffer, Infinity);
    assert.ok(taken > 0 && taken <= 16 * KIB);
  }
  assert.ok(buffer.bytes.length <= 2048 * KIB);
});

test("it does not grow while what it holds is short", () => {
  const buffer = new ReceiveBuffer();
  for (let turn = 0; turn < 10_000; turn++) {
    read(buffer, 100);
    // The last bytes are always part of another message.
    buffer.drop(buffer.length - 1);
  }
  assert.equal(buffer.bytes.length, KIB);
});

test("it is small when nothing is in it, whatever it held", () => {
  const buffer = new ReceiveBuffer();
  buffer.space();
  assert.equal(buffer.bytes.length, KIB);
  while (buffer.length < 1000 * KIB) read(buffer, Infinity);
  buffer.drop(buffer.length);
  buffer.space();
  assert.ok(buffer.bytes.length <= 16 * KIB);
  buffer.clear();
  assert.equal(buffer.bytes.length, 0);
});
