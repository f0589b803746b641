import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CompressionError } from "../../src/http2/hpack/compression_error.ts";
import {
  huffmanLength,
  readHuffman,
  writeHuffman,
} from "../../src/http2/hpack/huffman.ts";
import {
  CODE_LENGTHS,
  CODES,
  EOS,
} from "../../src/http2/hpack/huffman_table.ts";
import { fromHex, toHex } from "./hex.ts";

function encode(text: string): Uint8Array {
  const out = new Uint8Array(4 * text.length + 8);
  const bytes = out.slice(0, writeHuffman(out, 0, text));
  assert.equal(bytes.length, huffmanLength(text));
  return bytes;
}

function decode(bytes: Uint8Array, limit = Infinity): string | number {
  return readHuffman(bytes, 0, bytes.length, limit);
}

function bits(pattern: string): Uint8Array {
  const octets = pattern.replace(/\s+/g, "").match(/.{8}/g) ?? [];
  return Uint8Array.from(octets, (octet) => parseInt(octet, 2));
}

function latin1Text(maxLength: number): fc.Arbitrary<string> {
  return fc.uint8Array({ maxLength })
    .map((bytes) => String.fromCharCode(...bytes));
}

test("RFC 7541 appendix B: the code", () => {
  const samples: [symbol: number, code: number, length: number][] = [
    [0, 0x1ff8, 13],
    [1, 0x7fffd8, 23],
    [9, 0xffffea, 24],
    [10, 0x3ffffffc, 30],
    [22, 0x3ffffffe, 30],
    [32, 0x14, 6],
    [39, 0x7fa, 11],
    [48, 0x0, 5],
    [58, 0x5c, 7],
    [60, 0x7ffc, 15],
    [65, 0x21, 6],
    [88, 0xfc, 8],
    [92, 0x7fff0, 19],
    [97, 0x3, 5],
    [116, 0x9, 5],
    [122, 0x7b, 7],
    [126, 0x1ffd, 13],
    [127, 0xffffffc, 28],
    [128, 0xfffe6, 20],
    [153, 0x1fffdc, 21],
    [199, 0x1ffffec, 25],
    [208, 0x7fff2, 19],
    [249, 0xffffffe, 28],
    [254, 0x7fffff0, 27],
    [255, 0x3ffffee, 26],
    [EOS, 0x3fffffff, 30],
  ];
  for (const [symbol, code, length] of samples) {
    assert.equal(CODES[symbol], code, `code of ${symbol}`);
    assert.equal(CODE_LENGTHS[symbol], length, `length of ${symbol}`);
  }
  const used = CODE_LENGTHS.reduce((sum, length) => sum + 2 ** -length, 0);
  assert.equal(used, 1, "a complete prefix code");
});

test("RFC 7541 C.4: strings", () => {
  const samples: [text: string, hex: string][] = [
    ["www.example.com", "f1e3c2e5f23a6ba0ab90f4ff"],
    ["no-cache", "a8eb10649cbf"],
    ["custom-key", "25a849e95ba97d7f"],
    ["custom-value", "25a849e95bb8e8b4bf"],
  ];
  for (const [text, hex] of samples) {
    assert.equal(toHex(encode(text)), hex);
    assert.equal(decode(fromHex(hex)), text);
  }
  assert.equal(decode(new Uint8Array()), "");
});

test("each octet survives, alone and between others", () => {
  for (let octet = 0; octet < 256; octet++) {
    const char = String.fromCharCode(octet);
    for (const text of [char, char + char, `0${char}1`, `${char}aaaaaaa`]) {
      assert.equal(decode(encode(text)), text);
    }
  }
});

test("any string survives", () => {
  fc.assert(
    fc.property(latin1Text(100), (text) => {
      assert.equal(decode(encode(text)), text);
    }),
    { numRuns: 500 },
  );
});

test("a string longer than the decoder's scratch survives", () => {
  const text = "0123456789abcdef\x00\xff".repeat(2000);
  assert.equal(decode(encode(text)), text);
});

test("what is longer than the limit gives its length", () => {
  const short = encode("abcdefgh");
  assert.equal(decode(short, 8), "abcdefgh");
  assert.equal(decode(short, 7), 8);
  assert.equal(decode(encode("0".repeat(100_000)), 10), 100_000);
});

test("padding is less than an octet, and ones", () => {
  // "a" is 00011, so 3 bits are to be filled.
  assert.equal(decode(bits("00011 111")), "a");
  assert.throws(() => decode(bits("00011 110")), CompressionError);
  assert.throws(() => decode(bits("00011 000")), CompressionError);
  assert.throws(() => decode(bits("00011 011")), CompressionError);
  assert.throws(() => decode(bits("00011 111 11111111")), CompressionError);
  // "X" is 11111100: no padding, and a whole octet of it is too much.
  assert.equal(decode(bits("11111100")), "X");
  assert.throws(() => decode(bits("11111100 11111111")), CompressionError);
  assert.throws(() => decode(bits("11111111")), CompressionError);
  // From no bit of padding to seven.
  const paddings = new Set<number>();
  for (let zeros = 0; zeros < 8; zeros++) {
    const text = "0".repeat(zeros);
    assert.equal(decode(encode(text)), text);
    paddings.add(8 * huffmanLength(text) - 5 * zeros);
  }
  assert.equal(paddings.size, 8);
});

test("EOS is in no string", () => {
  const eos = "1".repeat(30);
  assert.throws(() => decode(bits(`${eos} 11`)), CompressionError);
  assert.throws(() => decode(bits(`00011 ${eos} 00011`)), CompressionError);
  // Not even where a whole symbol and good padding follow.
  assert.throws(() => decode(bits(`${eos} 00011 11111`)), CompressionError);
});

test("any octets decode, or are a CompressionError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      let text;
      try {
        text = decode(bytes);
      } catch (error) {
        assert.ok(error instanceof CompressionError);
        return;
      }
      // A canonical code: what decodes, encodes to the same.
      assert.deepEqual(encode(text as string), bytes);
    }),
    { numRuns: 500 },
  );
});

test("a char above U+00FF is a RangeError", () => {
  assert.throws(() => huffmanLength("na\u0100me"), RangeError);
  assert.throws(() => huffmanLength("\u{1f600}"), RangeError);
});
