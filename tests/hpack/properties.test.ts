import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CompressionError } from "../../src/http2/hpack/compression_error.ts";
import { HpackDecoder } from "../../src/http2/hpack/decoder.ts";
import { HpackEncoder } from "../../src/http2/hpack/encoder.ts";
import {
  fieldSize,
  type HeaderField,
} from "../../src/http2/hpack/header_field.ts";

/** Any octets, plain text, and often the same again. */
function text(common: string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { arbitrary: fc.constantFrom(...common), weight: 4 },
    { arbitrary: fc.string({ maxLength: 40 }), weight: 1 },
    {
      arbitrary: fc.uint8Array({ maxLength: 40 })
        .map((bytes) => String.fromCharCode(...bytes)),
      weight: 1,
    },
    {
      arbitrary: fc.integer({ min: 0, max: 5000 })
        .map((length) => "v".repeat(length)),
      weight: 1,
    },
  );
}

const FIELD: fc.Arbitrary<HeaderField> = fc.tuple(
  text([":method", ":path", "cookie", "date", "x-one", "x-two", "__proto__"]),
  text(["GET", "/", "1", "2", "", "0123456789abcdefghij", "x".repeat(60)]),
);

const LIST = fc.array(FIELD, { maxLength: 12 });

const TABLE_SIZE = fc.oneof(
  fc.constantFrom(0, 1, 32, 33, 64, 4096),
  fc.integer({ min: 0, max: 10_000 }),
);

/** A new table size, a list, or a list that cannot be encoded. */
const STEP = fc.oneof(
  {
    arbitrary: LIST.map((list) => ({ kind: "list" as const, list })),
    weight: 8,
  },
  {
    arbitrary: TABLE_SIZE.map((size) => ({ kind: "size" as const, size })),
    weight: 2,
  },
  {
    arbitrary: LIST.map((list) => ({ kind: "bad" as const, list })),
    weight: 1,
  },
);

function sizeOf(list: HeaderField[]): number {
  return list.reduce(
    (sum, [name, value]) => sum + fieldSize(name.length, value.length),
    0,
  );
}

test("lists survive, whatever the tables went through", () => {
  fc.assert(
    fc.property(
      TABLE_SIZE,
      fc.array(STEP, { maxLength: 20 }),
      (cap, steps) => {
        const encoder = new HpackEncoder(cap);
        const decoder = new HpackDecoder({ maxTableSize: 10_000 });
        for (const step of steps) {
          if (step.kind === "size") {
            encoder.setMaxTableSize(step.size);
          } else if (step.kind === "bad") {
            const bad: HeaderField[] = [...step.list, ["x", "\u{1f600}"]];
            assert.throws(() => encoder.encode(bad), RangeError);
          } else {
            const decoded = decoder.decode(encoder.encode(step.list));
            assert.equal(decoded.exceeded, false);
            assert.deepEqual(decoded.fields, step.list);
            assert.equal(decoded.size, sizeOf(step.list));
            assert.deepEqual(
              decoder.dynamicTable.entries(),
              encoder.dynamicTable.entries(),
            );
            assert.ok(decoder.dynamicTable.size <= cap);
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

/** Decodes, and holds the decoder to its promises; false if it threw. */
function survives(decoder: HpackDecoder, block: Uint8Array): boolean {
  let decoded;
  try {
    decoded = decoder.decode(block);
  } catch (error) {
    assert.ok(error instanceof CompressionError, String(error));
    return false;
  }
  const { fields, size, exceeded } = decoded;
  assert.ok(fields.length <= 20);
  assert.ok(sizeOf(fields) <= 2000);
  if (exceeded) assert.ok(size > sizeOf(fields));
  else assert.equal(size, sizeOf(fields));
  const table = decoder.dynamicTable;
  assert.ok(table.size <= table.maxSize);
  assert.equal(table.size, sizeOf(table.entries()));
  return true;
}

function newVictim(): HpackDecoder {
  return new HpackDecoder({ maxListSize: 2000, maxFields: 20 });
}

test("any octets decode, or are a CompressionError", () => {
  const octet = fc.oneof(
    fc.integer({ min: 0, max: 255 }),
    // What means something: representations, short lengths, indices.
    fc.constantFrom(0x00, 0x01, 0x02, 0x10, 0x20, 0x3f, 0x40, 0x7e, 0x7f),
    fc.constantFrom(0x80, 0x81, 0x82, 0xbe, 0xbf, 0xff),
  );
  const block = fc.array(octet, { maxLength: 200 })
    .map((octets) => Uint8Array.from(octets));
  fc.assert(
    fc.property(fc.array(block, { maxLength: 5 }), (blocks) => {
      const decoder = newVictim();
      for (const block of blocks) {
        if (!survives(decoder, block)) break;
      }
    }),
    { numRuns: 500 },
  );
});

test("damaged blocks decode, or are a CompressionError", () => {
  const damage = fc.record({
    at: fc.nat(),
    kind: fc.constantFrom("flip", "set", "cut", "drop", "insert"),
    octet: fc.integer({ min: 0, max: 255 }),
  });
  fc.assert(
    fc.property(
      fc.array(LIST, { minLength: 1, maxLength: 4 }),
      fc.array(damage, { minLength: 1, maxLength: 4 }),
      (lists, damages) => {
        const encoder = new HpackEncoder();
        const decoder = newVictim();
        const blocks = lists.map((list) => encoder.encode(list));
        const last = Array.from(blocks.pop()!);
        for (const block of blocks) assert.ok(survives(decoder, block));
        for (const { at, kind, octet } of damages) {
          const i = at % (last.length + 1);
          if (kind === "flip") last[i] ^= 1 << octet % 8;
          else if (kind === "set") last[i] = octet;
          else if (kind === "cut") last.length = i;
          else if (kind === "drop") last.splice(i, 1);
          else last.splice(i, 0, octet);
        }
        survives(decoder, Uint8Array.from(last));
      },
    ),
    { numRuns: 500 },
  );
});
