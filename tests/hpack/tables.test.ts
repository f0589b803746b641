import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DynamicTable } from "../../src/http2/hpack/dynamic_table.ts";
import { FieldIndex } from "../../src/http2/hpack/field_index.ts";
import {
  fieldSize,
  type HeaderField,
} from "../../src/http2/hpack/header_field.ts";
import {
  STATIC_NAMES,
  STATIC_TABLE,
} from "../../src/http2/hpack/static_table.ts";

test("RFC 7541 appendix A: the static table", () => {
  assert.equal(STATIC_TABLE.length, 61);
  const samples: [index: number, name: string, value: string][] = [
    [1, ":authority", ""],
    [2, ":method", "GET"],
    [7, ":scheme", "https"],
    [8, ":status", "200"],
    [14, ":status", "500"],
    [16, "accept-encoding", "gzip, deflate"],
    [32, "cookie", ""],
    [58, "user-agent", ""],
    [61, "www-authenticate", ""],
  ];
  for (const [index, name, value] of samples) {
    assert.deepEqual(STATIC_TABLE[index - 1], [name, value]);
    assert.equal(STATIC_NAMES.get(name)?.values.get(value), index);
  }
  assert.equal(STATIC_NAMES.get(":status")?.index, 8);
  assert.equal(STATIC_NAMES.size, 52);
  assert.equal(STATIC_NAMES.get("constructor"), undefined);
});

test("a dynamic table evicts the oldest, and an oversized field all", () => {
  const evicted: string[] = [];
  const table = new DynamicTable(3 * 34, ([name]) => evicted.push(name));
  for (const name of ["a", "b", "c", "d"]) table.add([name, "1"]);
  assert.deepEqual(table.entries().map(([name]) => name), ["d", "c", "b"]);
  assert.deepEqual(evicted, ["a"]);
  assert.equal(table.size, 3 * 34);
  assert.equal(table.at(0), undefined);
  assert.equal(table.at(4), undefined);

  table.resize(2 * 34);
  assert.deepEqual(evicted, ["a", "b"]);

  assert.equal(table.add(["e", "x".repeat(36)]), 0);
  assert.equal(table.length, 0);
  assert.equal(table.size, 0);
});

test("a dynamic table acts as a plain list would", () => {
  const field = fc.tuple(
    fc.constantFrom("a", "bb", "ccc"),
    fc.constantFrom("", "1", "22", "x".repeat(40)),
  );
  const step = fc.oneof(
    { arbitrary: field, weight: 9 },
    { arbitrary: fc.integer({ min: 0, max: 2000 }), weight: 1 },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const index = new FieldIndex();
      const table = new DynamicTable(
        1500,
        (field, id) => index.remove(field, id),
      );
      let list: HeaderField[] = [];
      let maxSize = 1500;
      for (const step of steps) {
        if (typeof step === "number") {
          table.resize(maxSize = step);
        } else {
          const id = table.add(step);
          if (id > 0) index.add(step, id);
          list.unshift(step);
        }
        list = list.slice(0, fitting(list, maxSize));
        assert.deepEqual(table.entries(), list);
        checkIndex(index, table, list);
      }
    }),
    { numRuns: 200 },
  );
});

function fitting(list: HeaderField[], maxSize: number): number {
  let size = 0;
  for (let i = 0; i < list.length; i++) {
    size += fieldSize(list[i][0].length, list[i][1].length);
    if (size > maxSize) return i;
  }
  return list.length;
}

/** The newest of each name, and of each field, is found; no more is. */
function checkIndex(
  index: FieldIndex,
  table: DynamicTable,
  list: HeaderField[],
): void {
  for (const name of ["a", "bb", "ccc"]) {
    const found = index.find(name);
    const at = list.findIndex((field) => field[0] === name) + 1;
    assert.equal(found ? table.indexOf(found.newest) : 0, at);
    for (const value of ["", "1", "22", "x".repeat(40)]) {
      const id = found?.values.get(value);
      const at = list.findIndex((field) =>
        field[0] === name && field[1] === value
      ) + 1;
      assert.equal(id ? table.indexOf(id) : 0, at);
    }
  }
}
