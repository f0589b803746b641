import assert from "node:assert/strict";
import { test } from "node:test";
import { CompressionError } from "../../src/http2/hpack/compression_error.ts";
import { HpackDecoder } from "../../src/http2/hpack/decoder.ts";
import { fromHex } from "./hex.ts";

function reject(hex: string, message: RegExp): void {
  const decoder = new HpackDecoder();
  assert.throws(() => decoder.decode(fromHex(hex)), (error) => {
    assert.ok(error instanceof CompressionError);
    assert.equal(error.name, "CompressionError");
    assert.match(error.message, message);
    return true;
  });
}

test("an empty block is an empty list", () => {
  assert.deepEqual(new HpackDecoder().decode(new Uint8Array()), {
    fields: [],
    size: 0,
    exceeded: false,
  });
});

test("indices that are in neither table", () => {
  reject("80", /Index 0 /);
  reject("be", /Index 62 /);
  reject("ff8001", /Index 255 /);
  reject("4001610162 bf", /Index 63 /);
  // As a name, 0 means that a literal follows, but 62 is an index.
  reject("7e0161", /Index 62 /);
  reject("0f2f0161", /Index 62 /);
  reject("1f2f0161", /Index 62 /);
});

test("a block cut short, anywhere", () => {
  const block = fromHex("3fe11f 4001610162 be 0f2f83640eff 1003616263 00 ff00");
  const ends = new Set([0, 3, 8, 9, 15, 21]);
  for (let end = 0; end < block.length - 1; end++) {
    const cut = block.slice(0, end);
    const decode = () => new HpackDecoder().decode(cut);
    if (ends.has(end)) decode();
    else assert.throws(decode, CompressionError, `cut at ${end}`);
  }
});

test("a string longer than the block", () => {
  reject("4001", /ends inside a string/);
  reject("40016104616263", /ends inside a string/);
  reject("4001617fffffff07", /ends inside a string/);
  reject("400161ff80808008", /ends inside a/);
});

test("integers that are too large or too long", () => {
  reject("ffffffffff7f", /too large/);
  reject("ffffffffffffffff7f", /too large/);
  reject("ff808080808000", /too long/);
  reject("3fffffffff7f", /too large/);
  reject("407fffffffff7f", /too large/);
});

test("wrong Huffman coding", () => {
  reject("400161811e", /Huffman/); // padding of zeros
  reject("40016182 1fff", /Huffman/); // padding of an octet and more
  reject("40016184 ffffffff", /Huffman/); // EOS
  reject("4081 18 0161", /Huffman/); // in a name
});

test("a table size update above the limit", () => {
  reject("3fe21f", /4097 is above the limit of 4096/);
  new HpackDecoder().decode(fromHex("3fe11f"));
  const small = new HpackDecoder({ maxTableSize: 0 });
  small.decode(fromHex("20"));
  assert.throws(() => small.decode(fromHex("21")), CompressionError);
});

test("a table size update after a field", () => {
  reject("8220", /after a field/);
  reject("40016101623fe11f", /after a field/);
});

test("table size updates empty the table, and can let it grow again", () => {
  const decoder = new HpackDecoder();
  decoder.decode(fromHex("4001610162 4001610163"));
  assert.equal(decoder.dynamicTable.length, 2);
  decoder.decode(fromHex("3f03")); // 34: room for one
  assert.deepEqual(decoder.dynamicTable.entries(), [["a", "c"]]);
  decoder.decode(fromHex("20 3fe11f 82"));
  assert.equal(decoder.dynamicTable.length, 0);
  assert.equal(decoder.dynamicTable.maxSize, 4096);
});

test("a larger table than 4096 is used once the peer says so", () => {
  const decoder = new HpackDecoder({ maxTableSize: 16384 });
  assert.equal(decoder.dynamicTable.maxSize, 4096);
  decoder.decode(fromHex("3fe17f"));
  assert.equal(decoder.dynamicTable.maxSize, 16384);
});

test("a name may come from the field that its own field evicts (§4.4)", () => {
  const decoder = new HpackDecoder({ maxTableSize: 40 });
  decoder.decode(fromHex("400161 0162"));
  const { fields } = decoder.decode(fromHex("7e 0163"));
  assert.deepEqual(fields, [["a", "c"]]);
  assert.deepEqual(decoder.dynamicTable.entries(), fields);
});

test("a field larger than the table empties it (§4.4)", () => {
  const decoder = new HpackDecoder({ maxTableSize: 40 });
  decoder.decode(fromHex("400161 0162"));
  const { fields } = decoder.decode(fromHex("400161 08 3132333435363738"));
  assert.deepEqual(fields, [["a", "12345678"]]);
  assert.equal(decoder.dynamicTable.length, 0);
});

test("octets are chars, one to one", () => {
  const decoder = new HpackDecoder();
  const all = Array.from({ length: 256 }, (_, octet) => octet);
  const block = Uint8Array.from([0x00, 0x01, 0x61, 0x7f, 0x81, 0x01, ...all]);
  const { fields } = decoder.decode(block);
  assert.deepEqual(fields, [["a", String.fromCharCode(...all)]]);
});
