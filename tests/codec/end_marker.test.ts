import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ArgumentError,
  ClosedError,
  type Conn,
  TimeoutError,
} from "../../mod.ts";
import {
  jsonValues,
  lengthPrefixedMessages,
  type MessageConn,
  textLines,
} from "../../src/codec/mod.ts";
import { bytes, openPair, readAll, text, within } from "../support/pair.ts";
import { inChunks, memoryConn } from "./memory_conn.ts";
import { outcome } from "./outcome.ts";

const BYTES = new Uint8Array([1, 2]);

interface Case {
  open(conn: Conn): MessageConn<unknown, unknown>;
  messages: unknown[];
  wire: string;
  marker: string;
}

const options = { endMarker: true };
const CASES: Record<string, Case> = {
  JSON: {
    open: (conn) => jsonValues(conn, options),
    messages: [1, [null], "null"],
    wire: '1\n[null]\n"null"\n',
    marker: "null",
  },
  lines: {
    open: (conn) => textLines(conn, options) as MessageConn<unknown>,
    messages: ["a", ".", ""],
    wire: "a\n..\n\n",
    marker: ".\n",
  },
  "length-prefixed": {
    open: (conn) =>
      lengthPrefixedMessages(conn, options) as MessageConn<unknown>,
    messages: [BYTES, new Uint8Array(0)],
    wire: "\0\0\0\x02\x01\x02\0\0\0\0",
    marker: "\xff\xff\xff\xff",
  },
};

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

for (const [name, { open, messages, wire, marker }] of Object.entries(CASES)) {
  test(`${name}: the marker ends the messages, whatever follows`, async () => {
    for (const rest of ["", "\n", "more", "\xff"]) {
      const all = latin1(wire + marker + rest);
      for (const length of [1, all.length]) {
        const { conn } = memoryConn(inChunks(all, length), new Error("cut"));
        const received = open(conn);
        for (const message of messages) {
          assert.deepEqual(await received.receive(), message);
        }
        assert.equal(await received.receive(), undefined);
        assert.equal(await received.receive(), undefined);
      }
    }
  });

  test(`${name}: EOF without the marker is an error`, async () => {
    const all = latin1(wire + marker);
    for (let cut = 1; cut <= all.length; cut++) {
      const { conn } = memoryConn([all.subarray(0, all.length - cut)]);
      const { values, end } = await outcome(open(conn));
      assert.equal(end, "truncated");
      assert.deepEqual(values, messages.slice(0, values.length));
    }
  });

  test(`${name}: end() and close() send the marker, once`, async () => {
    for (const end of ["end", "close"] as const) {
      await using pair = await openPair();
      const near = open(pair.near);
      for (const message of messages) await near.send(message);
      await near[end]();
      await near.close();
      const received = await within(readAll(pair.far), "EOF");
      const sent = text(received.subarray(0, wire.length));
      assert.equal(sent, wire);
      const last = received.subarray(wire.length);
      const ending = name === "JSON" ? `${marker}\n` : marker;
      assert.deepEqual([...last], [...latin1(ending)]);
    }
  });

  test(`${name}: a graceful close without it is told apart`, async () => {
    await using pair = await openPair();
    const far = open(pair.far);
    await pair.near.write(latin1(wire));
    await pair.near.close();
    const { values, end } = await within(outcome(far), "end");
    assert.deepEqual(values, messages);
    assert.equal(end, "truncated");
  });
}

test("JSON: null cannot be sent where it is the marker", async () => {
  const target = memoryConn();
  const values = jsonValues(target.conn, options);
  for (const value of [null, NaN, { toJSON: () => null }]) {
    await assert.rejects(values.send(value), ArgumentError);
  }
  assert.equal(target.written, "");
});

test("without the option, what looks like a marker is a message", async () => {
  const json = memoryConn([bytes("null\n1")]);
  assert.deepEqual((await outcome(jsonValues(json.conn))).values, [null, 1]);
  const lines = memoryConn([bytes(".\n..\n")]);
  assert.deepEqual((await outcome(textLines(lines.conn))).values, [".", ".."]);
});

test("an end that timed out can be tried again, with one marker", async () => {
  await using pair = await openPair();
  const near = textLines(pair.near, options);
  await near.send("a");
  pair.near.setWriteDeadline(Date.now() - 1);
  await assert.rejects(near.end(), { name: "TimeoutError" });
  pair.near.setWriteDeadline(null);
  await near.end();
  assert.equal(text(await within(readAll(pair.far), "EOF")), "a\n.\n");
});

test("an end that failed after its marker sends no other, and no message", async () => {
  const target = memoryConn();
  let turn = 0;
  const conn = Object.assign(target.conn, {
    closeWrite: () =>
      turn++ === 0
        ? Promise.reject(new TimeoutError("Write deadline has passed"))
        : Promise.resolve(),
  });
  const lines = textLines(conn, options);
  await assert.rejects(lines.end(), TimeoutError);
  await assert.rejects(lines.send("late"), ClosedError);
  await lines.end();
  await lines.close();
  assert.equal(target.written, ".\n");
});
