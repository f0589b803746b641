import assert from "node:assert/strict";
import { test } from "node:test";
import { ArgumentError, ClosedError, type Conn, ResetError } from "../mod.ts";
import {
  bytes,
  openPair,
  type Pair,
  pattern,
  readAll,
  readExactly,
  text,
  within,
} from "./support/pair.ts";

/** The Conn's end on this side, and the other. */
function ends(side: "client" | "server", { near, far }: Pair): [Conn, Conn] {
  return side === "client" ? [near, far] : [far, near];
}

for (const side of ["client", "server"] as const) {
  test(`the ${side} may end its direction first, and the other goes on`, async () => {
    await using pair = await openPair();
    const [one, other] = ends(side, pair);
    await one.write(bytes("bye"));
    await one.closeWrite();
    assert.equal(text(await readAll(other)), "bye");
    for (let turn = 0; turn < 10; turn++) {
      await other.write(bytes("more"));
      assert.equal(text(await readExactly(one, 4)), "more");
    }
    await other.closeWrite();
    assert.equal(await one.read(new Uint8Array(1)), null);
    await within(Promise.all([one.closed, other.closed]), "clean end");
  });

  test(`close() of the ${side} delivers what was written, then EOF`, async () => {
    await using pair = await openPair();
    const [one, other] = ends(side, pair);
    const sent = pattern(300_000);
    const received = readAll(other);
    await one.write(sent);
    await one.close();
    assert.deepEqual(await within(received, "EOF"), sent);
    await other.close();
    await within(Promise.all([one.closed, other.closed]), "clean end");
  });

  test(`close() of the ${side} ends calls that wait, and is idempotent`, async () => {
    await using pair = await openPair();
    const [one, other] = ends(side, pair);
    const read = one.read(new Uint8Array(8));
    // Over any window: it must wait for a reader that never comes.
    const write = one.write(new Uint8Array(64 * 1024 * 1024));
    await Promise.all([
      assert.rejects(read, ClosedError),
      assert.rejects(write, (error) => {
        assert.ok(error instanceof ClosedError);
        assert.ok(error.bytesWritten > 0);
        assert.ok(error.bytesWritten < 64 * 1024 * 1024);
        return true;
      }),
      within(one.close(), "close"),
    ]);
    await Promise.all([one.close(), one.close()]);
    await assert.rejects(one.read(new Uint8Array(8)), ClosedError);
    await assert.rejects(one.write(bytes("x")), ClosedError);
    await readAll(other);
  });

  test(`bytes that come after close() of the ${side} are dropped`, async () => {
    await using pair = await openPair();
    const [one, other] = ends(side, pair);
    await one.close();
    assert.equal(await other.read(new Uint8Array(1)), null);
    // More than any window: the writer is not stalled by a closed reader.
    await within(
      other.write(new Uint8Array(16 * 1024 * 1024)),
      "write",
      20_000,
    );
    await other.closeWrite();
    await within(Promise.all([one.closed, other.closed]), "clean end");
  });

  test(`abort() of the ${side} frees a write that the peer stalls`, async () => {
    await using pair = await openPair();
    const [one, other] = ends(side, pair);
    const write = one.write(new Uint8Array(64 * 1024 * 1024));
    // Its first bytes say that the write is under way.
    await readExactly(other, 1);
    one.abort();
    await assert.rejects(within(write, "abort"), {
      name: "ResetError",
      remote: false,
      h2Code: { name: "CANCEL", number: 8 },
    });
    one.abort({ code: "INTERNAL_ERROR" });
    await assert.rejects(other.closed, {
      h2Code: { name: "CANCEL", number: 8 },
    });
  });
}

test("await using closes a Conn", async () => {
  await using pair = await openPair();
  {
    await using conn = pair.near;
    await conn.write(bytes("x"));
  }
  assert.equal(text(await readAll(pair.far)), "x");
  await assert.rejects(pair.near.write(bytes("y")), ClosedError);
});

test("a write after closeWrite() is refused, and a second closeWrite() is not", async () => {
  await using pair = await openPair();
  await pair.near.closeWrite();
  await pair.near.closeWrite();
  await assert.rejects(pair.near.write(bytes("x")), ClosedError);
});

test("trailers reach the peer both ways, and may not frame the message", async () => {
  await using pair = await openPair();
  await pair.near.closeWrite({ "x-sum": "1", "X-Other": "two" });
  await pair.far.closeWrite();
  assert.equal(await pair.far.read(new Uint8Array(1)), null);
  const trailers = await pair.far.trailers;
  assert.equal(trailers.get("x-sum"), "1");
  assert.equal(trailers.get("x-other"), "two");
  assert.deepEqual([...await pair.near.trailers], []);
});

test("a trailer that is not allowed is refused at the call", async () => {
  await using pair = await openPair();
  for (const name of ["connection", "content-length", "te"]) {
    await assert.rejects(pair.near.closeWrite({ [name]: "1" }), ArgumentError);
  }
  await pair.near.closeWrite({ fine: "1" });
  await readAll(pair.far);
  assert.equal((await pair.far.trailers).get("fine"), "1");
});

test("a peer that goes on for ever after close() is reset in the end", {
  timeout: 30_000,
}, async () => {
  await using pair = await openPair();
  await pair.near.close();
  assert.equal(await pair.far.read(new Uint8Array(1)), null);
  await assert.rejects(within(pair.far.closed, "reset", 20_000), {
    name: "ResetError",
    remote: true,
    h2Code: { name: "CANCEL", number: 8 },
  });
  await assert.rejects(pair.near.closed, ResetError);
});

test("abort() takes only codes that exist", async () => {
  await using pair = await openPair();
  assert.throws(
    () => pair.near.abort({ code: "NOPE" as "CANCEL" }),
    ArgumentError,
  );
});

test("promises that nobody looks at cause no unhandled rejection", async () => {
  await using pair = await openPair();
  void pair.near.opened;
  void pair.near.closed;
  void pair.near.trailers;
  void pair.far.closed;
  pair.near.abort();
  await assert.rejects(within(pair.far.closed, "reset"), ResetError);
});
