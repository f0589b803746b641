import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonValues } from "../../src/codec/mod.ts";
import { bytes } from "../support/pair.ts";
import { inChunks, memoryConn } from "./memory_conn.ts";

// Written by encoding/json of Go 1.26: one Encoder.Encode each. U+2028 and
// U+2029, <, > and & are escaped; what is not UTF-8 has become \ufffd.
const ENCODED: [string, unknown][] = [
  [
    '"\\u003ca href=\\"x\\"\\u003e\\u0026\\u003c/a\\u003e"\n',
    '<a href="x">&</a>',
  ],
  [
    '"tab\\t nl\\n cr\\r bs\\b ff\\f nul\\u0000 esc\\u001b del\x7f \\\\ / \' \\""\n',
    "tab\t nl\n cr\r bs\b ff\f nul\0 esc\x1b del\x7f \\ / ' \"",
  ],
  [
    '"line\\u2028para\\u2029 é 漢 😀"\n',
    "line\u2028para\u2029 é 漢 😀",
  ],
  ['"bad\\ufffd\\ufffd utf8"\n', "bad\ufffd\ufffd utf8"],
  ["null\n", null],
  ["true\n", true],
  ["9007199254740991\n", Number.MAX_SAFE_INTEGER],
  ["1e+21\n", 1e21],
  ["100000000000000000000\n", 1e20],
  ["1e-7\n", 1e-7],
  ["0.1\n", 0.1],
  ["[]\n", []],
  ['{"\\u003c":null,"a":[1,2],"b":1}\n', { a: [1, 2], b: 1, "<": null }],
  ['{"10":false,"2":true}\n', { 2: true, 10: false }],
  [
    '{"id":7,"name":"x","ratio":2.5,"data":"AP8Q","tags":{"__proto__":"p"},' +
    '"next":null,"at":"2023-11-14T22:13:20.123456789Z","raw":{"k":[1,2]}}\n',
    {
      id: 7,
      name: "x",
      ratio: 2.5,
      data: "AP8Q",
      tags: {},
      next: null,
      at: "2023-11-14T22:13:20.123456789Z",
      raw: { k: [1, 2] },
    },
  ],
  // SetEscapeHTML(false) and SetIndent("", "  ").
  [
    '{\n  "html": "<&>",\n  "list": [\n    1,\n    2\n  ]\n}\n',
    { html: "<&>", list: [1, 2] },
  ],
];

test("reads what Go's json.Encoder writes", async () => {
  const all = bytes(ENCODED.map(([text]) => text).join(""));
  const expected = ENCODED.map(([, value]) => value);
  for (const length of [1, 7, all.length]) {
    const { conn } = memoryConn(inChunks(all, length));
    const values: unknown[] = [];
    for await (const value of jsonValues(conn)) values.push(value);
    assert.deepEqual(values, expected);
  }
});

// What Go's json.Decoder makes of the same bytes.
const DECODED: [string, unknown[]][] = [
  ['{"a":1}{"b":2}', [{ a: 1 }, { b: 2 }]],
  ["1 2", [1, 2]],
  ['"a""b"', ["a", "b"]],
  ["1[2]", [1, [2]]],
  ['1"a"', [1, "a"]],
  ["truefalse", [true, false]],
  ["nullnull", [null, null]],
  ["[1]2", [[1], 2]],
  ["true1", [true, 1]],
  ["\n\n1\n\n2\n", [1, 2]],
  ["12", [12]],
];

test("finds values where Go's json.Decoder finds them", async () => {
  for (const [input, expected] of DECODED) {
    const { conn } = memoryConn([bytes(input)]);
    const values: unknown[] = [];
    for await (const value of jsonValues(conn)) values.push(value);
    assert.deepEqual(values, expected);
  }
});

test("writes what Go's json.Decoder reads: one value on each line", async () => {
  const target = memoryConn();
  const values = jsonValues(target.conn, { endMarker: true });
  for (const [, value] of ENCODED) {
    if (value !== null) await values.send(value);
  }
  await values.end();
  const lines = target.written.split("\n");
  assert.equal(lines.pop(), "");
  // A nil pointer for the last value: `for { var v *T; Decode(&v) … }`.
  assert.equal(lines.pop(), "null");
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    ENCODED.map(([, value]) => value).filter((value) => value !== null),
  );
});
