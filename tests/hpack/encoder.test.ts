import assert from "node:assert/strict";
import { test } from "node:test";
import { HpackDecoder } from "../../src/http2/hpack/decoder.ts";
import { HpackEncoder } from "../../src/http2/hpack/encoder.ts";
import type { HeaderField } from "../../src/http2/hpack/header_field.ts";
import { fromHex, toHex } from "./hex.ts";

/** The first octet of a literal, after which its table may hold the field. */
function representation(field: HeaderField, maxTableSize?: number): string {
  const encoder = new HpackEncoder(maxTableSize);
  // The first block may start with a table size update.
  encoder.encode([]);
  const block = encoder.encode([field]);
  const kind = block[0] >= 0x80
    ? "indexed"
    : block[0] >= 0x40
    ? "incremental"
    : block[0] >= 0x10
    ? "never"
    : "without";
  const kept = encoder.dynamicTable.length === 1;
  assert.equal(kept, kind === "incremental");
  const decoder = new HpackDecoder();
  assert.deepEqual(decoder.decode(block).fields, [field]);
  return kind;
}

test("a field is indexed on its second use", () => {
  const encoder = new HpackEncoder();
  const field: HeaderField = ["x-a", "b"];
  assert.equal(toHex(encoder.encode([field])), "4003782d610162");
  assert.equal(toHex(encoder.encode([field])), "be");
  assert.equal(toHex(encoder.encode([field, field])), "bebe");
  // The name alone, from the dynamic and from the static table.
  assert.equal(toHex(encoder.encode([["x-a", "c"]])), "7e0163");
  assert.equal(toHex(encoder.encode([["accept", "c"]])), "530163");
});

test("exact matches of the static table take one octet", () => {
  const encoder = new HpackEncoder();
  const block = encoder.encode([
    [":method", "POST"],
    [":status", "404"],
    ["accept-encoding", "gzip, deflate"],
    ["www-authenticate", ""],
  ]);
  assert.equal(toHex(block), "838d90bd");
  assert.equal(encoder.dynamicTable.length, 0);
});

test("secrets are never indexed (§7.1.3)", () => {
  assert.equal(representation(["authorization", "Basic eDp5"]), "never");
  assert.equal(representation(["proxy-authorization", "x"]), "never");
  assert.equal(representation(["authorization", "x".repeat(900)]), "never");
  assert.equal(representation(["cookie", "x".repeat(19)]), "never");
  assert.equal(representation(["set-cookie", "x".repeat(19)]), "never");
  assert.equal(representation(["cookie", "x".repeat(20)]), "incremental");
  assert.equal(representation(["set-cookie", "x".repeat(20)]), "incremental");
});

test("what is not worth it is not indexed", () => {
  assert.equal(representation(["content-length", "5"]), "without");
  assert.equal(representation(["date", "Mon, 21 Oct 2013"]), "without");
  assert.equal(representation(["age", "1"]), "without");
  assert.equal(representation(["etag", '"1"']), "without");
  assert.equal(representation(["last-modified", "x"]), "without");
  assert.equal(representation(["location", "/x"]), "without");
  assert.equal(representation([":path", "/short"]), "incremental");
  assert.equal(representation([":path", "/" + "x".repeat(64)]), "without");
  assert.equal(representation(["x", "y".repeat(100)]), "incremental");
});

test("what takes over half of the table is not indexed", () => {
  assert.equal(representation(["x", "y".repeat(2015)]), "incremental");
  assert.equal(representation(["x", "y".repeat(2016)]), "without");
  assert.equal(representation(["x", "y"], 68), "incremental");
  assert.equal(representation(["x", "y"], 67), "without");
  assert.equal(representation(["x", "y"], 0), "without");
});

test("Huffman coding only where it is shorter", () => {
  const encoder = new HpackEncoder();
  assert.equal(toHex(encoder.encode([["age", "aa"]])), "0f06026161");
  assert.equal(toHex(encoder.encode([["age", "aaa"]])), "0f068218c7");
  assert.equal(toHex(encoder.encode([["age", "{}"]])), "0f06027b7d");
});

test("table size updates come first in the next block (§4.2)", () => {
  const encoder = new HpackEncoder();
  encoder.encode([["a", "b"]]);
  encoder.setMaxTableSize(4096);
  assert.equal(toHex(encoder.encode([["a", "b"]])), "be", "no change");

  encoder.setMaxTableSize(100);
  assert.equal(toHex(encoder.encode([["a", "b"]])), "3f45be");
  assert.equal(toHex(encoder.encode([["a", "b"]])), "be", "said once");

  encoder.setMaxTableSize(0);
  encoder.setMaxTableSize(100);
  assert.equal(encoder.dynamicTable.length, 0);
  assert.equal(toHex(encoder.encode([])), "203f45", "the minimum, too");

  encoder.setMaxTableSize(200);
  encoder.setMaxTableSize(150);
  assert.equal(toHex(encoder.encode([])), "3f77", "a maximum does not matter");

  encoder.setMaxTableSize(30);
  encoder.setMaxTableSize(10);
  encoder.setMaxTableSize(20);
  assert.equal(toHex(encoder.encode([])), "2a34");
});

test("our own cap holds, whatever the peer allows", () => {
  const small = new HpackEncoder(100);
  assert.equal(small.dynamicTable.maxSize, 100);
  assert.equal(toHex(small.encode([])), "3f45", "the peer starts at 4096");
  small.setMaxTableSize(2 ** 32 - 1);
  assert.equal(small.dynamicTable.maxSize, 100);
  assert.equal(toHex(small.encode([])), "");

  const large = new HpackEncoder(8192);
  assert.equal(large.dynamicTable.maxSize, 4096, "until the peer allows more");
  large.setMaxTableSize(65536);
  assert.equal(large.dynamicTable.maxSize, 8192);
  assert.equal(toHex(large.encode([])), "3fe13f");
});

test("evicted fields are not referred to", () => {
  const encoder = new HpackEncoder(3 * 40);
  const decoder = new HpackDecoder();
  for (let i = 0; i < 50; i++) {
    const list: HeaderField[] = [
      ["x", `${i % 5}`],
      ["x", `${i % 7}`],
      [`y${i % 3}`, `${i % 2}`],
    ];
    assert.deepEqual(decoder.decode(encoder.encode(list)).fields, list);
    assert.deepEqual(
      decoder.dynamicTable.entries(),
      encoder.dynamicTable.entries(),
    );
  }
});

test("a char above U+00FF is a RangeError, and harms no later block", () => {
  for (const sizes of [[], [100], [0], [0, 4096]]) {
    const encoder = new HpackEncoder();
    const decoder = new HpackDecoder();
    decoder.decode(encoder.encode([["a", "b"], ["c", "d"]]));
    for (const size of sizes) encoder.setMaxTableSize(size);
    for (const bad of [["e", "\u0100"], ["\u20ac", ""]] as const) {
      assert.throws(() => encoder.encode([["new", "one"], bad]), RangeError);
    }
    const list: HeaderField[] = [["a", "b"], ["new", "one"], ["c", "d"]];
    for (let i = 0; i < 2; i++) {
      assert.deepEqual(decoder.decode(encoder.encode(list)).fields, list);
      assert.deepEqual(
        decoder.dynamicTable.entries(),
        encoder.dynamicTable.entries(),
      );
      assert.equal(
        decoder.dynamicTable.maxSize,
        encoder.dynamicTable.maxSize,
      );
    }
  }
});

test("a list that throws half-way harms no later block", () => {
  const encoder = new HpackEncoder();
  const decoder = new HpackDecoder();
  function* broken(): Generator<HeaderField> {
    yield ["a", "b"];
    throw new Error("no more");
  }
  assert.throws(() => encoder.encode(broken()), /no more/);
  assert.equal(toHex(encoder.encode([])), "203fe11f");
  decoder.decode(fromHex("203fe11f"));
  const { fields } = decoder.decode(encoder.encode([["a", "b"]]));
  assert.deepEqual(fields, [["a", "b"]]);
});

test("a block is the caller's own", () => {
  const encoder = new HpackEncoder();
  const first = encoder.encode([["a", "b"]]);
  const copy = first.slice();
  encoder.encode([["c", "d".repeat(1000)]]);
  assert.deepEqual(first, copy);
  assert.equal(first.buffer.byteLength, first.length);
});

test("blocks of any length", () => {
  const encoder = new HpackEncoder();
  const decoder = new HpackDecoder({ maxListSize: 1e7, maxFields: 1e5 });
  const lists: HeaderField[][] = [
    Array.from({ length: 10_000 }, (_, i) => [`name-${i}`, `value ${i}`]),
    [["x", "\x00\xff".repeat(100_000)], ["y", "z".repeat(300_000)]],
    [["name-9999", "value 9999"]],
  ];
  for (const list of lists) {
    assert.deepEqual(decoder.decode(encoder.encode(list)).fields, list);
  }
});
