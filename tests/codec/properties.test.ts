import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Conn } from "../../mod.ts";
import {
  fixedSizeMessages,
  jsonValues,
  lengthPrefixedMessages,
  type MessageConn,
  textLines,
} from "../../src/codec/mod.ts";
import { bytes } from "../support/pair.ts";
import { cutAt, memoryConn } from "./memory_conn.ts";
import { outcome } from "./outcome.ts";

const CUTS = fc.array(fc.nat(), { maxLength: 20 });

const JSON_VALUE = fc.jsonValue({ maxDepth: 4, depthSize: "small" })
  .map((value) => JSON.parse(JSON.stringify(value)))
  .filter((value) => !JSON.stringify(value).includes('"__proto__"'));

const SPACE = fc.string({
  unit: fc.constantFrom(" ", "\n", "\r", "\t"),
  maxLength: 3,
});

const LINE = fc.oneof(
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.string({ unit: fc.constantFrom(".", "\r", "é", "😀", "a"), maxLength: 5 }),
).filter((line) => !line.includes("\n") && !line.endsWith("\r"));

const BYTES = fc.uint8Array({ maxLength: 300 });

/** What one side sends, the other receives, in whatever pieces. */
async function survives<T>(
  messages: T[],
  cuts: number[],
  open: (conn: Conn) => MessageConn<T, unknown>,
): Promise<void> {
  const written: Uint8Array[] = [];
  const target = {
    read: () => Promise.resolve(null),
    write(p: Uint8Array) {
      written.push(p.slice());
      return Promise.resolve(p.length);
    },
    closeWrite: () => Promise.resolve(),
  };
  const sender = open(target as unknown as Conn);
  for (const message of messages) await sender.send(message);
  await sender.end();
  const all = new Uint8Array(
    await new Blob(written as BlobPart[]).arrayBuffer(),
  );
  const received = await outcome(open(memoryConn(cutAt(all, cuts)).conn));
  assert.deepEqual(received, { values: messages, end: "end" });
}

for (const endMarker of [false, true]) {
  const suffix = endMarker ? " with an end marker" : "";

  test(`JSON values survive${suffix}`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          endMarker ? JSON_VALUE.filter((value) => value !== null) : JSON_VALUE,
        ),
        CUTS,
        (values, cuts) =>
          survives(
            values,
            cuts,
            (conn) => jsonValues<unknown>(conn, { endMarker }),
          ),
      ),
      { numRuns: 200 },
    );
  });

  test(`lines survive${suffix}`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(LINE),
        CUTS,
        (lines, cuts) =>
          survives(lines, cuts, (conn) => textLines(conn, { endMarker })),
      ),
      { numRuns: 200 },
    );
  });

  test(`length-prefixed messages survive${suffix}`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(BYTES),
        CUTS,
        (messages, cuts) =>
          survives<Uint8Array>(
            messages,
            cuts,
            (conn) => lengthPrefixedMessages(conn, { endMarker }),
          ),
      ),
      { numRuns: 200 },
    );
  });
}

test("messages of a fixed size survive", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 50 }).chain((size) =>
        fc.array(fc.uint8Array({ minLength: size, maxLength: size }), {
          minLength: 1,
        })
      ),
      CUTS,
      (messages, cuts) =>
        survives<Uint8Array>(
          messages,
          cuts,
          (conn) => fixedSizeMessages(conn, messages[0].length),
        ),
    ),
    { numRuns: 200 },
  );
});

test("JSON values need space between them only after numbers", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(JSON_VALUE, SPACE, fc.boolean())),
      CUTS,
      async (items, cuts) => {
        const all = items.map(([value, space, indents]) => {
          const text = JSON.stringify(value, null, indents ? 1 : 0);
          const gap = typeof value === "number" ? ` ${space}` : space;
          return text + gap;
        });
        const { conn } = memoryConn(cutAt(bytes(all.join("")), cuts));
        assert.deepEqual(await outcome(jsonValues<never, unknown>(conn)), {
          values: items.map(([value]) => value),
          end: "end",
        });
      },
    ),
    { numRuns: 300 },
  );
});

/** Any octets, and those that mean something to a codec. */
function octets(common: string): fc.Arbitrary<Uint8Array> {
  return fc.array(
    fc.oneof(
      { arbitrary: fc.integer({ min: 0, max: 255 }), weight: 1 },
      { arbitrary: fc.constantFrom(...bytes(common)), weight: 4 },
    ),
    { maxLength: 200 },
  ).map((all) => new Uint8Array(all));
}

/** Each with small limits, so that they are met. */
const CODECS: Record<
  string,
  [common: string, (conn: Conn) => MessageConn<never, unknown>]
> = {
  JSON: [
    '{}[]"\\,: \n019-+.eEtruefalsnu',
    (conn) => jsonValues(conn, { maxMessageSize: 20, maxDepth: 3 }),
  ],
  "JSON with an end marker": [
    '{}[]"\\, \n01null',
    (conn) => jsonValues(conn, { maxMessageSize: 20, endMarker: true }),
  ],
  lines: ["\r\n.aé", (conn) => textLines(conn, { maxMessageSize: 6 })],
  "lines with an end marker": [
    "\r\n.aé",
    (conn) => textLines(conn, { maxMessageSize: 6, endMarker: true }),
  ],
  "length-prefixed": [
    "\0\0\0\x01\x02\x03",
    (conn) => lengthPrefixedMessages(conn, { maxMessageSize: 20 }),
  ],
  "length-prefixed with an end marker": [
    "\0\0\0\x01\x02\x03",
    (conn) =>
      lengthPrefixedMessages(conn, { maxMessageSize: 20, endMarker: true }),
  ],
  "fixed size": ["a", (conn) => fixedSizeMessages(conn, 7)],
};

for (const [name, [common, open]] of Object.entries(CODECS)) {
  test(`${name}: any octets give messages, then the end or an error, the same in all pieces`, async () => {
    await fc.assert(
      fc.asyncProperty(octets(common), CUTS, async (all, cuts) => {
        const whole = await outcome(open(memoryConn([all]).conn));
        const split = await outcome(open(memoryConn(cutAt(all, cuts)).conn));
        assert.deepEqual(split, whole);
      }),
      { numRuns: 500 },
    );
  });
}
