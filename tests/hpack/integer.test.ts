import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CompressionError } from "../../src/http2/hpack/compression_error.ts";
import {
  MAX_INTEGER,
  MAX_INTEGER_OCTETS,
  readInteger,
  writeInteger,
} from "../../src/http2/hpack/integer.ts";
import { fromHex, toHex } from "./hex.ts";

function write(pattern: number, prefixBits: number, value: number): string {
  const out = new Uint8Array(16);
  const end = writeInteger(out, 0, pattern, prefixBits, value);
  return toHex(out.subarray(0, end));
}

function read(hex: string, prefixBits: number): number {
  const cursor = { bytes: fromHex(hex), at: 0 };
  const value = readInteger(cursor, prefixBits);
  assert.equal(cursor.at, cursor.bytes.length);
  return value;
}

test("RFC 7541 C.1: integers", () => {
  assert.equal(write(0, 5, 10), "0a");
  assert.equal(write(0, 5, 1337), "1f9a0a");
  assert.equal(write(0, 8, 42), "2a");
  assert.equal(read("0a", 5), 10);
  assert.equal(read("1f9a0a", 5), 1337);
  assert.equal(read("2a", 8), 42);
});

test("integers at the edge of their prefix", () => {
  assert.equal(write(0x80, 7, 126), "fe");
  assert.equal(write(0x80, 7, 127), "ff00");
  assert.equal(write(0x80, 7, 128), "ff01");
  assert.equal(write(0x20, 5, 31), "3f00");
  assert.equal(read("ff00", 7), 127);
  assert.equal(read("ea", 4), 10);
});

test("every integer up to the largest survives, in bounded octets", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: MAX_INTEGER }),
      fc.integer({ min: 4, max: 7 }),
      (value, prefixBits) => {
        const pattern = 0xff << prefixBits & 0xff;
        const hex = write(pattern, prefixBits, value);
        assert.ok(hex.length <= 2 * MAX_INTEGER_OCTETS);
        assert.equal(read(hex, prefixBits), value);
      },
    ),
    { numRuns: 500 },
  );
  assert.equal(read(write(0, 7, MAX_INTEGER), 7), MAX_INTEGER);
});

test("integers that are too large, too long or cut short", () => {
  const bad = [
    "", // nothing
    "1f", // no continuation
    "1f80", // it goes on
    "1fffffffff", // and on
    "1fffffffff7f", // 2^35
    "1fe1ffffff07", // 2^31
    "1fffffffffffffffffff01", // 2^63 and a bit
    "1f808080808000", // six octets, all of them zero
  ];
  for (const hex of bad) {
    assert.throws(() => read(hex, 5), CompressionError, hex);
  }
  assert.equal(read("1fe0ffffff07", 5), MAX_INTEGER);
  assert.equal(read("1f8080808000", 5), 31, "five octets of zero are legal");
});
