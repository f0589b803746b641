import assert from "node:assert/strict";
import { test } from "node:test";
import { HpackDecoder } from "../../src/http2/hpack/decoder.ts";
import { HpackEncoder } from "../../src/http2/hpack/encoder.ts";
import type { HeaderField } from "../../src/http2/hpack/header_field.ts";
import { fromHex, toHex } from "./hex.ts";

/** A header list, its block, and the table after it, newest first. */
interface Example {
  plain: string;
  huffman: string;
  fields: HeaderField[];
  table: HeaderField[];
  tableSize: number;
}

const REQUESTS: Example[] = [
  {
    plain: "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
    huffman: "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
    fields: [
      [":method", "GET"],
      [":scheme", "http"],
      [":path", "/"],
      [":authority", "www.example.com"],
    ],
    table: [[":authority", "www.example.com"]],
    tableSize: 57,
  },
  {
    plain: "8286 84be 5808 6e6f 2d63 6163 6865",
    huffman: "8286 84be 5886 a8eb 1064 9cbf",
    fields: [
      [":method", "GET"],
      [":scheme", "http"],
      [":path", "/"],
      [":authority", "www.example.com"],
      ["cache-control", "no-cache"],
    ],
    table: [
      ["cache-control", "no-cache"],
      [":authority", "www.example.com"],
    ],
    tableSize: 110,
  },
  {
    plain: `8287 85bf 400a 6375 7374 6f6d 2d6b 6579
      0c63 7573 746f 6d2d 7661 6c75 65`,
    huffman: `8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925
      a849 e95b b8e8 b4bf`,
    fields: [
      [":method", "GET"],
      [":scheme", "https"],
      [":path", "/index.html"],
      [":authority", "www.example.com"],
      ["custom-key", "custom-value"],
    ],
    table: [
      ["custom-key", "custom-value"],
      ["cache-control", "no-cache"],
      [":authority", "www.example.com"],
    ],
    tableSize: 164,
  },
];

const COOKIE = "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1";

const RESPONSES: Example[] = [
  {
    plain: `4803 3330 3258 0770 7269 7661 7465 611d
      4d6f 6e2c 2032 3120 4f63 7420 3230 3133
      2032 303a 3133 3a32 3120 474d 546e 1768
      7474 7073 3a2f 2f77 7777 2e65 7861 6d70
      6c65 2e63 6f6d`,
    huffman: `4882 6402 5885 aec3 771a 4b61 96d0 7abe
      9410 54d4 44a8 2005 9504 0b81 66e0 82a6
      2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8
      e9ae 82ae 43d3`,
    fields: [
      [":status", "302"],
      ["cache-control", "private"],
      ["date", "Mon, 21 Oct 2013 20:13:21 GMT"],
      ["location", "https://www.example.com"],
    ],
    table: [
      ["location", "https://www.example.com"],
      ["date", "Mon, 21 Oct 2013 20:13:21 GMT"],
      ["cache-control", "private"],
      [":status", "302"],
    ],
    tableSize: 222,
  },
  {
    plain: "4803 3330 37c1 c0bf",
    huffman: "4883 640e ffc1 c0bf",
    fields: [
      [":status", "307"],
      ["cache-control", "private"],
      ["date", "Mon, 21 Oct 2013 20:13:21 GMT"],
      ["location", "https://www.example.com"],
    ],
    table: [
      [":status", "307"],
      ["location", "https://www.example.com"],
      ["date", "Mon, 21 Oct 2013 20:13:21 GMT"],
      ["cache-control", "private"],
    ],
    tableSize: 222,
  },
  {
    plain: `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420
      3230 3133 2032 303a 3133 3a32 3220 474d
      54c0 5a04 677a 6970 7738 666f 6f3d 4153
      444a 4b48 514b 425a 584f 5157 454f 5049
      5541 5851 5745 4f49 553b 206d 6178 2d61
      6765 3d33 3630 303b 2076 6572 7369 6f6e
      3d31`,
    huffman: `88c1 6196 d07a be94 1054 d444 a820 0595
      040b 8166 e084 a62d 1bff c05a 839b d9ab
      77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b
      3960 d5af 2708 7f36 72c1 ab27 0fb5 291f
      9587 3160 65c0 03ed 4ee5 b106 3d50 07`,
    fields: [
      [":status", "200"],
      ["cache-control", "private"],
      ["date", "Mon, 21 Oct 2013 20:13:22 GMT"],
      ["location", "https://www.example.com"],
      ["content-encoding", "gzip"],
      ["set-cookie", COOKIE],
    ],
    table: [
      ["set-cookie", COOKIE],
      ["content-encoding", "gzip"],
      ["date", "Mon, 21 Oct 2013 20:13:22 GMT"],
    ],
    tableSize: 215,
  },
];

function decodeAll(
  examples: Example[],
  coding: "plain" | "huffman",
  maxTableSize: number,
): void {
  const decoder = new HpackDecoder({ maxTableSize });
  for (const example of examples) {
    const { fields, exceeded } = decoder.decode(fromHex(example[coding]));
    assert.deepEqual(fields, example.fields);
    assert.equal(exceeded, false);
    assert.deepEqual(decoder.dynamicTable.entries(), example.table);
    assert.equal(decoder.dynamicTable.size, example.tableSize);
  }
}

function roundTripAll(examples: Example[], maxTableSize: number): void {
  const encoder = new HpackEncoder(maxTableSize);
  const decoder = new HpackDecoder();
  for (const { fields } of examples) {
    assert.deepEqual(decoder.decode(encoder.encode(fields)).fields, fields);
    assert.deepEqual(
      decoder.dynamicTable.entries(),
      encoder.dynamicTable.entries(),
    );
  }
}

test("C.2.1: literal with indexing", () => {
  const decoder = new HpackDecoder();
  const { fields, size } = decoder.decode(fromHex(
    `400a 6375 7374 6f6d 2d6b 6579 0d63 7573
     746f 6d2d 6865 6164 6572`,
  ));
  assert.deepEqual(fields, [["custom-key", "custom-header"]]);
  assert.equal(size, 55);
  assert.deepEqual(decoder.dynamicTable.entries(), fields);
  assert.equal(decoder.dynamicTable.size, 55);
});

test("C.2.2: literal without indexing", () => {
  const decoder = new HpackDecoder();
  const block = fromHex("040c 2f73 616d 706c 652f 7061 7468");
  const { fields } = decoder.decode(block);
  assert.deepEqual(fields, [[":path", "/sample/path"]]);
  assert.equal(decoder.dynamicTable.length, 0);
});

test("C.2.3: literal never indexed", () => {
  const decoder = new HpackDecoder();
  const block = fromHex("1008 7061 7373 776f 7264 0673 6563 7265 74");
  const { fields } = decoder.decode(block);
  assert.deepEqual(fields, [["password", "secret"]]);
  assert.equal(decoder.dynamicTable.length, 0);
});

test("C.2.4: indexed", () => {
  const decoder = new HpackDecoder();
  const { fields } = decoder.decode(fromHex("82"));
  assert.deepEqual(fields, [[":method", "GET"]]);
  assert.equal(decoder.dynamicTable.length, 0);
});

test("C.3: requests without Huffman coding", () => {
  decodeAll(REQUESTS, "plain", 4096);
});

test("C.4: requests with Huffman coding", () => {
  decodeAll(REQUESTS, "huffman", 4096);
});

test("C.4: our encoder makes the same octets", () => {
  const encoder = new HpackEncoder();
  for (const example of REQUESTS) {
    assert.equal(
      toHex(encoder.encode(example.fields)),
      toHex(fromHex(example.huffman)),
    );
    assert.deepEqual(encoder.dynamicTable.entries(), example.table);
    assert.equal(encoder.dynamicTable.size, example.tableSize);
  }
});

test("C.5: responses without Huffman coding, with eviction", () => {
  decodeAll(RESPONSES, "plain", 256);
});

test("C.6: responses with Huffman coding, with eviction", () => {
  decodeAll(RESPONSES, "huffman", 256);
});

test("C.3 to C.6: our encoder's blocks decode to the same lists", () => {
  roundTripAll(REQUESTS, 4096);
  roundTripAll(RESPONSES, 256);
});
