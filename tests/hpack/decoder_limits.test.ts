import assert from "node:assert/strict";
import { test } from "node:test";
import { HpackDecoder } from "../../src/http2/hpack/decoder.ts";
import { HpackEncoder } from "../../src/http2/hpack/encoder.ts";
import type { HeaderField } from "../../src/http2/hpack/header_field.ts";
import { writeInteger } from "../../src/http2/hpack/integer.ts";
import { concat, fromHex } from "./hex.ts";

/** A literal "a" with a value of `length` octets on the wire. */
function literal(pattern: number, flag: number, length: number): Uint8Array {
  const head = new Uint8Array(16);
  head.set([pattern, 1, 0x61]);
  const end = writeInteger(head, 3, flag, 7, length);
  return concat(head.slice(0, end), new Uint8Array(length));
}

const INCREMENTAL = 0x40;
const WITHOUT_INDEXING = 0x00;
const PLAIN = 0x00;
const HUFFMAN = 0x80;

test("maxFields: as many are kept, and one more exceeds it", () => {
  const decoder = new HpackDecoder({ maxFields: 3 });
  const three = decoder.decode(fromHex("82 86 84"));
  assert.equal(three.exceeded, false);
  assert.equal(three.fields.length, 3);
  const four = decoder.decode(fromHex("82 86 84 87"));
  assert.equal(four.exceeded, true);
  assert.equal(four.fields.length, 3);
  assert.equal(four.size, 42 + 43 + 38 + 44);
});

test("maxListSize: as much is kept, and one octet more exceeds it", () => {
  const block = fromHex("82 86");
  const enough = new HpackDecoder({ maxListSize: 85 }).decode(block);
  assert.equal(enough.exceeded, false);
  assert.equal(enough.size, 85);
  const short = new HpackDecoder({ maxListSize: 84 }).decode(block);
  assert.equal(short.exceeded, true);
  assert.equal(short.size, 85);
  assert.deepEqual(short.fields, [[":method", "GET"]]);
});

test("past a limit nothing is kept, even if it is small", () => {
  const decoder = new HpackDecoder({ maxListSize: 200 });
  const big = literal(WITHOUT_INDEXING, PLAIN, 500);
  const { fields, size, exceeded } = decoder.decode(
    concat(fromHex("82"), big, fromHex("86")),
  );
  assert.equal(exceeded, true);
  assert.deepEqual(fields, [[":method", "GET"]]);
  assert.equal(size, 42 + 533 + 43);
});

test("an HPACK bomb costs next to nothing", () => {
  const decoder = new HpackDecoder();
  const references = 1_000_000;
  const bomb = concat(
    literal(INCREMENTAL, PLAIN, 4000),
    new Uint8Array(references).fill(0xbe),
  );
  const { fields, size, exceeded } = decoder.decode(bomb);
  assert.equal(exceeded, true);
  assert.equal(size, 4033 * (references + 1));
  assert.equal(fields.length, Math.floor(65536 / 4033));
  // One string, however many fields.
  assert.ok(fields.every((field) => field === fields[0]));
});

test("a flood of small fields stops at maxFields", () => {
  const decoder = new HpackDecoder({ maxListSize: Infinity });
  const flood = new Uint8Array(500_000).fill(0x82);
  const { fields, exceeded } = decoder.decode(flood);
  assert.equal(exceeded, true);
  assert.equal(fields.length, 256);
});

test("a flood of table churn is bounded by the table", () => {
  const decoder = new HpackDecoder();
  const flood = new Uint8Array(300_000);
  for (let i = 0; i < flood.length; i += 3) flood[i] = INCREMENTAL;
  const { size, exceeded } = decoder.decode(flood);
  assert.equal(exceeded, true);
  assert.equal(size, 100_000 * 32);
  assert.equal(decoder.dynamicTable.length, 128);
  assert.equal(decoder.dynamicTable.size, 4096);
  decoder.decode(new Uint8Array(100_000).fill(0x20));
  assert.equal(decoder.dynamicTable.length, 0);
});

test("a huge literal is counted, not kept", () => {
  const length = 4_000_000;
  for (const pattern of [INCREMENTAL, WITHOUT_INDEXING]) {
    for (const flag of [PLAIN, HUFFMAN]) {
      const decoder = new HpackDecoder();
      decoder.decode(fromHex("4001610162"));
      const { fields, size, exceeded } = decoder.decode(
        literal(pattern, flag, length),
      );
      // Huffman-coded, five bits of zero are "0".
      const chars = flag === HUFFMAN ? 8 * length / 5 : length;
      assert.equal(size, 33 + chars);
      assert.equal(exceeded, true);
      assert.deepEqual(fields, []);
      const left = pattern === INCREMENTAL ? 0 : 1;
      assert.equal(decoder.dynamicTable.length, left);
    }
  }
});

test("an over-long name is counted, not kept", () => {
  const decoder = new HpackDecoder({ maxListSize: 100 });
  const name = new Uint8Array(200);
  const { size, exceeded, fields } = decoder.decode(
    concat(fromHex("00 7f49"), name, fromHex("0162")),
  );
  assert.equal(exceeded, true);
  assert.equal(size, 200 + 1 + 32);
  assert.deepEqual(fields, []);
});

test("the table stays in step through blocks that exceed a limit", () => {
  const encoder = new HpackEncoder();
  const strict = new HpackDecoder({ maxFields: 2, maxListSize: 150 });
  const lists: HeaderField[][] = [
    [["a", "1"], ["b", "2"], ["c", "3"], ["d", "4"]],
    [["c", "3"], ["d", "4"]],
    [["e", "x".repeat(200)], ["f", "6"]],
    [["f", "6"], ["a", "1"]],
    [["f", "7"], ["g", "y".repeat(1900)], ["h", "8"]],
    [["h", "8"], ["f", "7"]],
  ];
  const exceeded = lists.map((list) => {
    const decoded = strict.decode(encoder.encode(list));
    assert.deepEqual(
      strict.dynamicTable.entries(),
      encoder.dynamicTable.entries(),
    );
    if (!decoded.exceeded) assert.deepEqual(decoded.fields, list);
    return decoded.exceeded;
  });
  assert.deepEqual(exceeded, [true, false, true, false, true, false]);
});
