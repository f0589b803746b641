import assert from "node:assert/strict";
import { test } from "node:test";
import { ArgumentError } from "../../mod.ts";
import { type MessageOptions, textLines } from "../../src/codec/mod.ts";
import { bytes } from "../support/pair.ts";
import { inChunks, memoryConn } from "./memory_conn.ts";
import { type Outcome, outcome } from "./outcome.ts";

/** What comes out, which must not depend on how the bytes are split. */
async function receive(
  input: string | Uint8Array,
  options?: MessageOptions,
): Promise<Outcome<string>> {
  const all = typeof input === "string" ? bytes(input) : input;
  const whole = await outcome(textLines(memoryConn([all]).conn, options));
  for (const length of [1, 2, 3]) {
    const { conn } = memoryConn(inChunks(all, length));
    const split = await outcome(textLines(conn, options));
    assert.deepEqual(split, whole, `in chunks of ${length}`);
  }
  return whole;
}

const CASES: [string, string[]][] = [
  ["", []],
  ["\n", [""]],
  ["a\nb\n", ["a", "b"]],
  ["a\r\nb\r\n", ["a", "b"]],
  ["a\nb", ["a", "b"]],
  ["a\n\nb\n\n", ["a", "", "b", ""]],
  ["\r\n\r\n", ["", ""]],
  ["a\rb\r\r\nc\r", ["a\rb\r", "c\r"]],
  ["é漢😀\n\ufeffbom\n", ["é漢😀", "\ufeffbom"]],
  ["nul\0\u2028\v\f\x85\n", ["nul\0\u2028\v\f\x85"]],
  [".\n..a\n", [".", "..a"]],
];

for (const [input, values] of CASES) {
  test(`receives ${JSON.stringify(input)}`, async () => {
    assert.deepEqual(await receive(input), { values, end: "end" });
  });
}

test("invalid UTF-8 is fatal, after the lines before it", async () => {
  for (const bad of [[0xff], [0xe6, 0xbc], [0xed, 0xa0, 0x80]]) {
    const input = new Uint8Array([0x61, 0x0a, ...bad, 0x0a, 0x62, 0x0a]);
    assert.deepEqual(await receive(input), { values: ["a"], end: "malformed" });
  }
  // A character that EOF cuts in two.
  const cut = new Uint8Array([0x61, 0x0a, 0xe6, 0xbc]);
  assert.deepEqual(await receive(cut), { values: ["a"], end: "malformed" });
});

test("the largest line is taken, one byte more is not", async () => {
  const options = { maxMessageSize: 4 };
  assert.deepEqual(await receive("abcd\nabcd\r\nabcd", options), {
    values: ["abcd", "abcd", "abcd"],
    end: "end",
  });
  for (const tooLong of ["abcde", "abcde\n", "abcd\re\n", "abcd\r", "ééé"]) {
    assert.deepEqual(await receive(`a\n${tooLong}`, options), {
      values: ["a"],
      end: "limit",
    });
  }
});

test("a line without end is refused one chunk past 1 MiB at most", async () => {
  function* endless() {
    while (true) yield new Uint8Array(64 * 1024).fill(0x61);
  }
  const source = memoryConn(endless());
  assert.equal((await outcome(textLines(source.conn))).end, "limit");
  assert.ok(source.bytesRead > 1024 * 1024);
  assert.ok(source.bytesRead <= 1024 * 1024 + 64 * 1024);
});

test("a line of 1 MiB, byte by byte, takes linear time", async () => {
  const line = "x".repeat(1024 * 1024);
  const start = performance.now();
  const { conn } = memoryConn(inChunks(bytes(`${line}\n`), 1));
  assert.equal(await textLines(conn).receive(), line);
  assert.ok(performance.now() - start < 10_000);
});

test("sends lines, and refuses what would not be one", async () => {
  const target = memoryConn();
  const lines = textLines(target.conn, { maxMessageSize: 4 });
  const bad: unknown[] = ["a\nb", "\n", "a\r", "\ud800", "abcde", "ééé", 1];
  for (const line of bad) {
    await assert.rejects(lines.send(line as string), ArgumentError);
  }
  for (const line of ["", "a\rb", "éé", ".", "abcd"]) await lines.send(line);
  assert.equal(target.written, "\na\rb\néé\n.\nabcd\n");
});

test("with an end marker, lines that start with a dot get another", async () => {
  const target = memoryConn();
  const options = { endMarker: true, maxMessageSize: 4 };
  const lines = textLines(target.conn, options);
  const sent = [".", "..", ".abc", "a.b", "", "abcd"];
  for (const line of sent) await lines.send(line);
  await lines.end();
  assert.equal(target.written, "..\n...\n..abc\na.b\n\nabcd\n.\n");
  assert.deepEqual(await receive(target.written, options), {
    values: sent,
    end: "end",
  });
  assert.deepEqual(await receive("a\r\n.\r\n", options), {
    values: ["a"],
    end: "end",
  });
  assert.equal((await receive("..abcd\n", options)).end, "limit");
});
