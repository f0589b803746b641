import assert from "node:assert/strict";
import { test } from "node:test";
import { ArgumentError, MessageError } from "../../mod.ts";
import { type JsonOptions, jsonValues } from "../../src/codec/mod.ts";
import { bytes } from "../support/pair.ts";
import { inChunks, memoryConn } from "./memory_conn.ts";
import { type Outcome, outcome } from "./outcome.ts";

/** What comes out, which must not depend on how the bytes are split. */
async function receive(
  input: string | Uint8Array,
  options?: JsonOptions,
): Promise<Outcome<unknown>> {
  const all = typeof input === "string" ? bytes(input) : input;
  const { conn } = memoryConn([all]);
  const whole = await outcome(jsonValues<never, unknown>(conn, options));
  for (const length of [1, 2, 3]) {
    const { conn } = memoryConn(inChunks(all, length));
    const split = await outcome(jsonValues<never, unknown>(conn, options));
    assert.deepEqual(split, whole, `in chunks of ${length}`);
  }
  return whole;
}

const GOOD: [string, unknown[]][] = [
  ["", []],
  [" \n\t\r\n", []],
  ['{"a":1}{"b":2}', [{ a: 1 }, { b: 2 }]],
  ['{"a":1}\n{"b":2}\n', [{ a: 1 }, { b: 2 }]],
  ['{"a":1}\r\n[2]\r\n', [{ a: 1 }, [2]]],
  ["1 2", [1, 2]],
  ["12", [12]],
  ["-1.5e+3\n0", [-1500, 0]],
  ['"a""b"', ["a", "b"]],
  ['1[2]3{"a":4}5"6"', [1, [2], 3, { a: 4 }, 5, "6"]],
  ["1true", [1, true]],
  ["truefalsenull1", [true, false, null, 1]],
  ['"\\""', ['"']],
  ['"\\\\""}{"', ["\\", "}{"]],
  ['["\\\\\\"]",{"]":"["}]', [['\\"]', { "]": "[" }]]],
  ['"é漢😀\\ud83d\\ude00"', ["é漢😀😀"]],
  ['{}[]""', [{}, [], ""]],
  ["\n\n1\n\n\n2\n\n", [1, 2]],
];

for (const [input, values] of GOOD) {
  test(`receives ${JSON.stringify(input)}`, async () => {
    assert.deepEqual(await receive(input), { values, end: "end" });
  });
}

const MALFORMED: [string, unknown[]][] = [
  ["@", []],
  ['{"a":1}@', [{ a: 1 }]],
  ["1,2", [1]],
  ["}", []],
  ["]", []],
  ["[1,]", []],
  ["[}", []],
  ["{a:1}", []],
  ["'a'", []],
  ["nope", []],
  ["01", []],
  ["1-2", []],
  ["-", []],
  ["+1", []],
  [".5", []],
  ["1e", []],
  ["NaN", []],
  ['"\n"', []],
  ['"\\x"', []],
  ["\ufeff1", []],
  ["1\v2", [1]],
  ["GET / HTTP/1.1", []],
];

for (const [input, values] of MALFORMED) {
  test(`refuses ${JSON.stringify(input)}`, async () => {
    assert.deepEqual(await receive(input), { values, end: "malformed" });
  });
}

for (const input of ['{"a":', "[", '"a', '"a\\', "tru", '1 {"a"', "[[]"]) {
  test(`EOF within ${JSON.stringify(input)} is an error`, async () => {
    assert.equal((await receive(input)).end, "truncated");
  });
}

test("invalid UTF-8 is fatal, also in the middle of a split character", async () => {
  for (const bad of [[0xff], [0xc3], [0xe6, 0xbc], [0xed, 0xa0, 0x80]]) {
    const input = new Uint8Array([0x31, 0x20, 0x22, ...bad, 0x22]);
    assert.deepEqual(await receive(input), { values: [1], end: "malformed" });
  }
});

test("values are given before the error that follows them", async () => {
  const { conn } = memoryConn([bytes('1 2 {"bad"} 3')]);
  const values = jsonValues(conn);
  assert.equal(await values.receive(), 1);
  assert.equal(await values.receive(), 2);
  for (let turn = 0; turn < 3; turn++) {
    await assert.rejects(values.receive(), (error) => {
      assert.ok(error instanceof MessageError);
      assert.equal(error.name, "MessageError");
      assert.equal(error.message, "Received message is not JSON");
      assert.ok(error.cause instanceof SyntaxError);
      return true;
    });
  }
});

test("the largest message is taken, one byte more is not", async () => {
  const options = { maxMessageSize: 10 };
  for (const value of ['"12345678"', "[1,2,3,45]", "1234567890"]) {
    assert.equal(value.length, 10);
    assert.deepEqual(await receive(`  ${value}\n ${value}`, options), {
      values: [JSON.parse(value), JSON.parse(value)],
      end: "end",
    });
    const larger = value.replace("5", "55");
    assert.deepEqual(await receive(`1 ${larger} 2`, options), {
      values: [1],
      end: "limit",
    });
  }
});

test("the size is in bytes", async () => {
  assert.equal((await receive('"é"', { maxMessageSize: 4 })).end, "end");
  assert.equal((await receive('"é"', { maxMessageSize: 3 })).end, "limit");
});

test("1 MiB is the default, and more is refused one chunk later at most", async () => {
  function* endless() {
    yield bytes('"');
    while (true) yield new Uint8Array(64 * 1024).fill(0x61);
  }
  const source = memoryConn(endless());
  assert.equal((await outcome(jsonValues(source.conn))).end, "limit");
  assert.ok(source.bytesRead > 1024 * 1024);
  assert.ok(source.bytesRead <= 1024 * 1024 + 64 * 1024);
  const largest = `"${"a".repeat(1024 * 1024 - 2)}"`;
  const { conn } = memoryConn([bytes(largest)]);
  assert.deepEqual(await outcome(jsonValues(conn)), {
    values: [JSON.parse(largest)],
    end: "end",
  });
});

test("nesting is limited before anything is parsed", async () => {
  function nested(depth: number) {
    return "[".repeat(depth) + "]".repeat(depth);
  }
  assert.equal((await receive(nested(100))).end, "end");
  assert.equal((await receive(nested(101))).end, "limit");
  assert.equal((await receive("[".repeat(101))).end, "limit");
  assert.equal((await receive('{"a":'.repeat(101))).end, "limit");
  assert.equal((await receive("[[1]]", { maxDepth: 2 })).end, "end");
  assert.equal((await receive('[{"a":[]}]', { maxDepth: 2 })).end, "limit");
  // What is in a string, or beside each other, is not nested.
  assert.equal((await receive('["[[["]', { maxDepth: 1 })).end, "end");
  assert.equal((await receive("[[],[],[]]", { maxDepth: 2 })).end, "end");
});

test("__proto__ is dropped, however it is spelled", async () => {
  const inputs = [
    '{"__proto__":{"admin":true},"a":1}',
    '{"\\u005f_proto__":{"admin":true},"a":1}',
    '{"__\\u0070roto__":{"admin":true},"a":1}',
    '{"\\u005F\\u005F\\u0070\\u0072\\u006F\\u0074\\u006F__":1,"a":1}',
    '{"__proto__":1,"__proto__":{"admin":true},"a":1}',
  ];
  for (const input of inputs) {
    const { values } = await receive(`${input}[[{"b":${input}}]]`);
    assert.deepEqual(values, [{ a: 1 }, [[{ b: { a: 1 } }]]]);
    for (const value of values as Record<string, unknown>[]) {
      assert.deepEqual(
        Object.getOwnPropertyNames(value).includes("__proto__"),
        false,
      );
      assert.equal(value.admin, undefined);
      assert.equal(Object.assign({}, value).admin, undefined);
    }
  }
  assert.equal(({} as Record<string, unknown>).admin, undefined);
  // It is a name only: as a value it stays.
  assert.deepEqual((await receive('["__proto__"]')).values, [["__proto__"]]);
});

test("other names that objects have are plain properties", async () => {
  const input = '{"constructor":{"prototype":{"x":1}},"toString":2}';
  const { values: [value] } = await receive(input);
  assert.equal(JSON.stringify(value), input);
  assert.equal(({} as Record<string, unknown>).x, undefined);
});

test("a message of 1 MiB, byte by byte, takes linear time", async () => {
  const value = ['é"\\'.repeat(100_000), { a: [1, 2, 3] }, "x".repeat(500_000)];
  const all = bytes(JSON.stringify(value));
  assert.ok(all.length > 1_000_000);
  const start = performance.now();
  const { conn } = memoryConn(inChunks(all, 1));
  const values = jsonValues(conn, { maxMessageSize: 2_000_000 });
  assert.deepEqual(await values.receive(), value);
  // It takes some 0.2 s; looking at all of it each time takes half an hour.
  assert.ok(performance.now() - start < 10_000);
});

test("sends each value on a line", async () => {
  const target = memoryConn();
  const values = jsonValues(target.conn);
  await values.send({ a: [1, "é\n"], b: undefined });
  await values.send("</script>\u2028");
  await values.send(null);
  await values.send(new Date(0));
  await values.send("\ud800");
  await values.end();
  assert.equal(
    target.written,
    '{"a":[1,"é\\n"]}\n"</script>\u2028"\nnull\n' +
      '"1970-01-01T00:00:00.000Z"\n"\\ud800"\n',
  );
  assert.ok(target.hasEnded);
});

test("what has no JSON is refused, and others can still be sent", async () => {
  const target = memoryConn();
  const values = jsonValues(target.conn, { maxMessageSize: 5 });
  const circle: unknown[] = [];
  circle.push(circle);
  for (const bad of [undefined, () => {}, Symbol("s"), 1n, circle, "1234"]) {
    await assert.rejects(values.send(bad), ArgumentError);
  }
  await values.send("123");
  assert.equal(target.written, '"123"\n');
});

test("options out of range are refused", () => {
  const { conn } = memoryConn();
  const bad: JsonOptions[] = [
    { maxMessageSize: 0 },
    { maxMessageSize: 1.5 },
    { maxMessageSize: Infinity },
    { maxMessageSize: NaN },
    { maxDepth: 0 },
    { maxDepth: -1 },
    { heartbeatInterval: 0 },
    { heartbeatInterval: 2 ** 31 },
  ];
  for (const options of bad) {
    assert.throws(() => jsonValues(conn, options), ArgumentError);
  }
});
