import assert from "node:assert/strict";
import { test } from "node:test";
import { ArgumentError } from "../../mod.ts";
import {
  fixedSizeMessages,
  lengthPrefixedMessages,
  type LengthPrefixedOptions,
} from "../../src/codec/mod.ts";
import { pattern } from "../support/pair.ts";
import { inChunks, memoryConn } from "./memory_conn.ts";
import { type Outcome, outcome } from "./outcome.ts";

type Received = Outcome<number[]>;

async function plain(
  received: Promise<Outcome<Uint8Array>>,
): Promise<Received> {
  const { values, end } = await received;
  return { values: values.map((value) => [...value]), end };
}

async function receive(
  input: number[],
  options?: LengthPrefixedOptions,
): Promise<Received> {
  const all = new Uint8Array(input);
  const whole = await plain(
    outcome(lengthPrefixedMessages(memoryConn([all]).conn, options)),
  );
  for (const length of [1, 2, 3]) {
    const { conn } = memoryConn(inChunks(all, length));
    const split = await plain(outcome(lengthPrefixedMessages(conn, options)));
    assert.deepEqual(split, whole, `in chunks of ${length}`);
  }
  return whole;
}

test("lengths are four bytes, the most significant first", async () => {
  const target = memoryConn();
  const messages = lengthPrefixedMessages(target.conn);
  await messages.send(new Uint8Array([0x61, 0x62]));
  await messages.send(new Uint8Array(0));
  await messages.send(new Uint8Array(258).fill(0x7a));
  assert.equal(
    target.written,
    `\0\0\0\x02ab\0\0\0\0\0\0\x01\x02${"z".repeat(258)}`,
  );
});

test("receives messages of any length", async () => {
  assert.deepEqual(await receive([]), { values: [], end: "end" });
  assert.deepEqual(
    await receive([0, 0, 0, 2, 7, 8, 0, 0, 0, 0, 0, 0, 0, 1, 255]),
    { values: [[7, 8], [], [255]], end: "end" },
  );
});

test("EOF within a length or a message is an error", async () => {
  const good = [0, 0, 0, 1, 5];
  for (const rest of [[0], [0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 2, 7]]) {
    assert.deepEqual(await receive([...good, ...rest]), {
      values: [[5]],
      end: "truncated",
    });
  }
});

test("a length over the limit is refused before any byte of it", async () => {
  const options = { maxMessageSize: 2 };
  assert.deepEqual(await receive([0, 0, 0, 2, 1, 2, 0, 0, 0, 3], options), {
    values: [[1, 2]],
    end: "limit",
  });
  for (const length of [[0, 16, 0, 1], [255, 255, 255, 255], [128, 0, 0, 0]]) {
    assert.equal((await receive(length)).end, "limit");
  }
  const messages = lengthPrefixedMessages(memoryConn().conn, options);
  await assert.rejects(messages.send(new Uint8Array(3)), ArgumentError);
});

test("a large message comes whole, from chunks of any length", async () => {
  const message = pattern(1024 * 1024);
  const all = new Uint8Array([0, 16, 0, 0, ...message, 0, 0, 0, 0]);
  for (const length of [1, 1000, 65_536, all.length]) {
    const { conn } = memoryConn(inChunks(all, length));
    const messages = lengthPrefixedMessages(conn);
    assert.deepEqual(await messages.receive(), message);
    assert.deepEqual(await messages.receive(), new Uint8Array(0));
    assert.equal(await messages.receive(), undefined);
  }
});

test("what is received is the reader's own", async () => {
  const { conn } = memoryConn([new Uint8Array([0, 0, 0, 1, 1, 0, 0, 0, 1, 2])]);
  const messages = lengthPrefixedMessages(conn);
  const first = await messages.receive();
  const second = await messages.receive();
  first!.fill(9);
  assert.deepEqual(second, new Uint8Array([2]));
  assert.equal(first!.buffer.byteLength, 1);
});

test("empty messages are heartbeats where those are agreed on", async () => {
  const bytes = [0, 0, 0, 0, 0, 0, 0, 1, 5, 0, 0, 0, 0, 0, 0, 0, 0];
  const { conn } = memoryConn([new Uint8Array(bytes)]);
  await using messages = lengthPrefixedMessages(conn, {
    heartbeatInterval: 60_000,
  });
  await assert.rejects(messages.send(new Uint8Array(0)), ArgumentError);
  assert.deepEqual(await plain(outcome(messages)), {
    values: [[5]],
    end: "end",
  });
});

test("messages of a fixed size need nothing between them", async () => {
  const target = memoryConn();
  const messages = fixedSizeMessages(target.conn, 2);
  for (const bad of [0, 1, 3]) {
    await assert.rejects(messages.send(new Uint8Array(bad)), ArgumentError);
  }
  await assert.rejects(messages.send("ab" as never), ArgumentError);
  await messages.send(new Uint8Array([0x61, 0x62]));
  await messages.send(new Uint8Array([0x63, 0x64]));
  assert.equal(target.written, "abcd");

  const all = new Uint8Array([1, 2, 3, 4, 5, 6]);
  for (const length of [1, 2, 4, 6]) {
    const { conn } = memoryConn(inChunks(all, length));
    assert.deepEqual(await plain(outcome(fixedSizeMessages(conn, 2))), {
      values: [[1, 2], [3, 4], [5, 6]],
      end: "end",
    });
    const cut = memoryConn(inChunks(all.subarray(0, 5), length));
    assert.deepEqual(await plain(outcome(fixedSizeMessages(cut.conn, 2))), {
      values: [[1, 2], [3, 4]],
      end: "truncated",
    });
  }
});

test("a size out of range is refused", () => {
  for (const size of [0, -1, 1.5, NaN, 2 ** 31]) {
    assert.throws(
      () => fixedSizeMessages(memoryConn().conn, size),
      ArgumentError,
    );
  }
});
