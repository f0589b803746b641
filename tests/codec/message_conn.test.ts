import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ArgumentError,
  ClosedError,
  type Conn,
  MessageError,
  ResetError,
  TimeoutError,
} from "../../mod.ts";
import { CodecConn } from "../../src/codec/codec_conn.ts";
import { LineDecoder } from "../../src/codec/line_decoder.ts";
import {
  fixedSizeMessages,
  jsonValues,
  lengthPrefixedMessages,
  type MessageConn,
  textLines,
} from "../../src/codec/mod.ts";
import { bytes, openPair, pattern, readAll, within } from "../support/pair.ts";

const MIB = 1024 * 1024;

async function all<T>(messages: MessageConn<never, T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of messages) values.push(value);
  return values;
}

test("JSON goes both ways at once, and each side ends by itself", async () => {
  await using pair = await openPair();
  const near = jsonValues<{ n: number }, { square: number }>(pair.near);
  const far = jsonValues<{ square: number }, { n: number }>(pair.far);
  const serving = (async () => {
    for await (const { n } of far) await far.send({ square: n * n });
    await far.end();
  })();
  const received = all(near);
  for (let n = 0; n < 1000; n++) await near.send({ n });
  await near.end();
  const squares = await within(received, "squares", 20_000);
  assert.deepEqual(
    squares,
    Array.from({ length: 1000 }, (_, n) => ({ square: n * n })),
  );
  await within(serving, "end of the server");
  await within(Promise.all([pair.near.closed, pair.far.closed]), "clean end");
});

test("a codec wants a Conn", () => {
  for (const wrong of ["http://localhost/", Promise.resolve(), undefined]) {
    const conn = wrong as unknown as Conn;
    assert.throws(() => jsonValues(conn), ArgumentError);
  }
});

test("every codec carries its largest message over TLS", async () => {
  await using pair = await openPair({ tls: true });
  async function check<T>(
    open: (conn: Conn) => MessageConn<T, unknown>,
    message: T,
  ) {
    const { near, far } = await pair.another();
    const receiving = open(far).receive();
    await within(open(near).send(message), "send", 20_000);
    assert.deepEqual(await within(receiving, "message"), message);
  }
  const data = pattern(MIB);
  const line = "é".repeat(MIB / 2);
  await check((conn) => textLines(conn), line);
  await check((conn) => jsonValues<string>(conn), line.slice(1));
  await check((conn) => lengthPrefixedMessages(conn), data);
  await check((conn) => fixedSizeMessages(conn, MIB), data);
});

test("receives that wait are served in order", async () => {
  await using pair = await openPair();
  const far = textLines(pair.far);
  const waiting = [far.receive(), far.receive(), far.receive(), far.receive()];
  await pair.near.write(bytes("one\ntw"));
  await pair.near.write(bytes("o\nthree\n"));
  await pair.near.closeWrite();
  assert.deepEqual(await within(Promise.all(waiting), "lines"), [
    "one",
    "two",
    "three",
    undefined,
  ]);
  assert.equal(await far.receive(), undefined);
});

test("sends that nobody awaits are sent in order, as they were", async () => {
  await using pair = await openPair();
  const near = fixedSizeMessages(pair.near, 1);
  const message = new Uint8Array(1);
  for (let turn = 0; turn < 200; turn++) {
    message[0] = turn;
    near.send(message);
  }
  await near.end();
  assert.deepEqual(
    [...await readAll(pair.far)],
    Array.from({ length: 200 }, (_, turn) => turn),
  );
});

test("what was given to send may be changed at once", async () => {
  await using pair = await openPair();
  const message = pattern(MIB);
  const sending = fixedSizeMessages(pair.near, MIB).send(message);
  message.fill(0);
  const received = fixedSizeMessages(pair.far, MIB).receive();
  assert.deepEqual(await within(received, "message"), pattern(MIB));
  await sending;
});

test("leaving an iteration leaves the Conn open", async () => {
  await using pair = await openPair();
  const far = textLines(pair.far);
  await pair.near.write(bytes("one\ntwo\nthree"));
  for await (const line of far) {
    assert.equal(line, "one");
    break;
  }
  assert.equal(await far.receive(), "two");
  await pair.near.closeWrite();
  assert.deepEqual(await all(far), ["three"]);
});

test("a read deadline loses nothing, not even half a message", async () => {
  await using pair = await openPair();
  const far = jsonValues<unknown>(pair.far);
  await pair.near.write(bytes('{"a":'));
  pair.far.setReadDeadline(Date.now() + 50);
  await assert.rejects(far.receive(), TimeoutError);
  await assert.rejects(far.receive(), TimeoutError);
  pair.far.setReadDeadline(null);
  await pair.near.write(bytes('"b"}\n'));
  assert.deepEqual(await within(far.receive(), "value"), { a: "b" });
});

test("a cut is the Conn's error, after the messages that came", async () => {
  await using pair = await openPair();
  const far = textLines(pair.far);
  const near = textLines(pair.near);
  await near.send("whole");
  await pair.near.write(bytes("half"));
  assert.equal(await far.receive(), "whole");
  pair.near.abort({ code: "INTERNAL_ERROR" });
  await assert.rejects(within(far.receive(), "error"), ResetError);
  await assert.rejects(within(far.receive(), "error"), ResetError);
  await assert.rejects(near.send("more"), ResetError);
  await assert.rejects(near.end(), ResetError);
  await near.close();
});

test("EOF within a message is an error, and one can still answer", async () => {
  await using pair = await openPair();
  const far = jsonValues<unknown>(pair.far);
  await pair.near.write(bytes('{"ok":true}{"half'));
  await pair.near.closeWrite();
  assert.deepEqual(await far.receive(), { ok: true });
  await assert.rejects(far.receive(), {
    name: "MessageError",
    code: "ERR_MESSAGE",
    fault: "truncated",
    message: "Stream ended within a message, after 6 bytes of it",
  });
  await far.send({ error: "half a message" });
  await far.end();
  assert.deepEqual(await all(jsonValues(pair.near)), [
    { error: "half a message" },
  ]);
});

test("a message over the limit stalls its sender within one window", async () => {
  await using pair = await openPair();
  const far = textLines(pair.far, { maxMessageSize: 1000 });
  let sent = 0;
  const flood = (async () => {
    while (true) sent += await pair.near.write(new Uint8Array(1000).fill(0x61));
  })();
  flood.catch(() => {});
  await assert.rejects(within(far.receive(), "refusal"), {
    fault: "limit",
    message: "Received message is larger than maxMessageSize, 1000 bytes",
  });
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.ok(sent < 200_000, `${sent} bytes were sent`);
  pair.far.abort();
  await assert.rejects(within(flood, "end of the flood"), ResetError);
});

test("nothing can be sent after the end, and the end is the end", async () => {
  await using pair = await openPair();
  const near = textLines(pair.near);
  await near.send("last");
  await Promise.all([near.end(), near.end()]);
  await near.end();
  await assert.rejects(near.send("more"), {
    name: "ClosedError",
    message: "Cannot send after end()",
  });
  assert.deepEqual(await all(textLines(pair.far)), ["last"]);
});

test("close delivers sends that wait", async () => {
  await using pair = await openPair();
  const near = lengthPrefixedMessages(pair.near);
  const message = pattern(MIB);
  const sending = near.send(message);
  const closing = near.close();
  await assert.rejects(near.send(message), ClosedError);
  assert.equal(near.close(), closing);
  const far = lengthPrefixedMessages(pair.far);
  assert.deepEqual(await within(far.receive(), "message"), message);
  assert.equal(await within(far.receive(), "end"), undefined);
  await sending;
  await closing;
  await assert.rejects(near.receive(), ClosedError);
});

test("await using closes", async () => {
  await using pair = await openPair();
  {
    await using near = textLines(pair.near);
    await near.send("bye");
  }
  assert.deepEqual(await all(textLines(pair.far)), ["bye"]);
});

test("close resets a peer that takes nothing, and never ends half a line", async () => {
  await using pair = await openPair();
  const near = new CodecConn<string, string>(pair.near, {
    encode: bytes,
    decoder: new LineDecoder(MIB, false),
  }, { lingerMs: 100 });
  const sending = near.send("x".repeat(MIB));
  await Promise.all([
    assert.rejects(within(sending, "error"), ResetError),
    within(near.close(), "close"),
  ]);
  const far = textLines(pair.far);
  await assert.rejects(within(far.receive(), "reset"), ResetError);
});

test("after part of a message nothing can follow", async () => {
  await using pair = await openPair();
  const near = textLines(pair.near);
  pair.near.setWriteDeadline(Date.now() + 100);
  const sends = [near.send("x".repeat(MIB)), near.send("y")];
  await assert.rejects(within(sends[0], "timeout"), (error) => {
    assert.ok(error instanceof TimeoutError);
    assert.ok(error.bytesWritten > 0);
    return true;
  });
  await assert.rejects(sends[1], TimeoutError);
  pair.near.setWriteDeadline(null);
  for (const call of [() => near.send("z"), () => near.end()]) {
    await assert.rejects(call(), (error) => {
      assert.ok(error instanceof MessageError);
      assert.equal(error.fault, "truncated");
      assert.ok(error.cause instanceof TimeoutError);
      return true;
    });
  }
  await near.close();
  await assert.rejects(
    within(textLines(pair.far).receive(), "reset"),
    ResetError,
  );
});

test("a send that timed out before its first byte can be tried again", async () => {
  await using pair = await openPair();
  const near = textLines(pair.near);
  pair.near.setWriteDeadline(Date.now() - 1);
  await assert.rejects(near.send("one"), TimeoutError);
  await assert.rejects(near.end(), TimeoutError);
  pair.near.setWriteDeadline(null);
  await near.send("one");
  await near.end();
  assert.deepEqual(await all(textLines(pair.far)), ["one"]);
});

test("pipeTo carries messages and the end, both ways at once", async () => {
  await using pair = await openPair();
  const far = jsonValues<unknown>(pair.far);
  const echo = far.readable.pipeTo(far.writable);
  const near = jsonValues<unknown>(pair.near);
  const sent = [1, null, "two", { three: [3] }, []];
  const received: unknown[] = [];
  const receiving = near.readable.pipeTo(
    new WritableStream({
      write(value) {
        received.push(value);
      },
    }),
  );
  await ReadableStream.from(sent).pipeTo(near.writable);
  await within(Promise.all([echo, receiving]), "end");
  assert.deepEqual(received, sent);
  assert.equal(near.readable, near.readable);
  assert.equal(near.writable, near.writable);
});

test("the readable takes no message ahead of its reader", async () => {
  await using pair = await openPair();
  const far = textLines(pair.far);
  await pair.near.write(bytes("one\ntwo\nthree\n"));
  const reader = far.readable.getReader();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(await far.receive(), "one");
  assert.equal((await reader.read()).value, "two");
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(await far.receive(), "three");
});

test("a malformed message errors the readable", async () => {
  await using pair = await openPair();
  await pair.near.write(bytes("1 @"));
  const reader = jsonValues(pair.far).readable.getReader();
  assert.equal((await reader.read()).value, 1);
  await assert.rejects(reader.read(), MessageError);
});

test("cancelling the readable drops what comes and leaves sending open", async () => {
  await using pair = await openPair();
  const near = textLines(pair.near);
  const far = textLines(pair.far);
  await far.send("x".repeat(1000));
  await near.receive();
  await near.readable.cancel();
  await within(pair.far.write(new Uint8Array(8 * MIB)), "write", 20_000);
  await assert.rejects(near.receive(), ClosedError);
  await near.send("still");
  assert.equal(await within(far.receive(), "line"), "still");
});

for (const result of [1, null]) {
  test(`a read that gives ${result} after the cancel is dropped`, async () => {
    const read = Promise.withResolvers<number | null>();
    const conn = {
      read(p: Uint8Array) {
        p[0] = 0x31;
        return read.promise;
      },
      readable: { cancel: () => Promise.resolve() },
    };
    const values = jsonValues(conn as unknown as Conn);
    const receiving = values.receive();
    await values.readable.cancel();
    read.resolve(result);
    await assert.rejects(receiving, ClosedError);
    await assert.rejects(values.receive(), ClosedError);
  });
}

test("aborting the writable resets the stream", async () => {
  await using pair = await openPair();
  await pair.near.opened;
  await textLines(pair.near).writable.abort(new Error("no more"));
  await assert.rejects(within(pair.far.closed, "reset"), {
    name: "ResetError",
    h2Code: { name: "CANCEL", number: 8 },
  });
});

test("a cut errors the writable at once", async () => {
  await using pair = await openPair();
  const writer = textLines(pair.near).writable.getWriter();
  pair.far.abort({ code: "INTERNAL_ERROR" });
  await assert.rejects(within(writer.closed, "error"), ResetError);
});
