/**
 * What a Conn promises, and how to find out whether one that was got in some
 * other way than through h2conn's own `serve` and `connect` keeps it.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  type Conn,
  type ErrorCode,
  ResetError,
  type Supports,
  TimeoutError,
} from "../../mod.ts";
import {
  bytes,
  pattern,
  readAll,
  readExactly,
  text,
  within,
} from "../support/pair.ts";
import { type Link, openLink } from "./link.ts";
import type { Adapter } from "./adapter.ts";

/** Something that a Conn promises. */
export interface ConnPromise {
  /** A short name. */
  readonly name: string;
  /** As the docs have it. */
  readonly title: string;
  /** Where a Conn says whether it keeps it; otherwise it always has to. */
  readonly field?: keyof Supports;
  /** Throws if it is not kept. */
  run(link: Link): Promise<void>;
}

/** How long a promise may take to be kept, in milliseconds. */
const PATIENCE = 3000;

/** More than any transport may take in while nobody reads. */
const ENDLESS = 32 * 1024 * 1024;

/** How long a write waits before it counts as stalled. */
const STALL_MS = 500;

const LARGE = 8 * 1024 * 1024;

export const promises: readonly ConnPromise[] = [
  {
    name: "headers",
    title: "The response's headers go out before the first byte",
    field: "earlyHeaders",
    async run(link) {
      const { peer, tested } = await link.open();
      await within(peer.opened, "headers", 500);
      await within(tested.opened, "headers", 500);
    },
  },
  {
    name: "interleaved",
    title: "Bytes go both ways at once",
    async run(link) {
      const ends = await link.open();
      await talk(ends.tested, ends.peer);
    },
  },
  {
    name: "end-by-peer",
    title: "The peer may end its direction first",
    async run(link) {
      const { tested, peer } = await link.open();
      await peer.write(bytes("ask"));
      await peer.closeWrite();
      assert.equal(text(await kept(readAll(tested))), "ask");
      for (const word of ["one", "two", "six"]) {
        await kept(tested.write(bytes(word)));
        assert.equal(text(await kept(readExactly(peer, 3))), word);
      }
      await tested.closeWrite();
      assert.equal(await kept(peer.read(new Uint8Array(1))), null);
      await kept(Promise.all([tested.closed, peer.closed]));
    },
  },
  {
    name: "end-first",
    title: "It may end its own direction first",
    field: "halfClose",
    async run(link) {
      const { tested, peer } = await link.open();
      await tested.write(bytes("that is all"));
      await tested.closeWrite();
      assert.equal(text(await kept(readAll(peer))), "that is all");
      // More than what fits into any window.
      const sent = pattern(256 * 1024);
      const received = readAll(tested);
      received.catch(() => {});
      await kept(peer.write(sent));
      await peer.closeWrite();
      assert.deepEqual(await kept(received), sent);
      await kept(Promise.all([tested.closed, peer.closed]));
    },
  },
  {
    name: "eof",
    title: "EOF is the truth: every cut is an error",
    field: "truthfulEof",
    async run(link) {
      for (const code of CODES) {
        await expectCut(link, (peer) => peer.abort({ code }));
      }
      await expectCut(link, () => link.fin());
      await using other = await openLink(link.adapter);
      await expectCut(other, () => {
        other.goaway();
        other.fin();
      });
    },
  },
  {
    name: "reset",
    title: "`abort` is an error at the other side, both ways",
    field: "reset",
    async run(link) {
      for (const code of CODES) {
        await expectReset(link, "tested", code);
        await expectReset(link, "peer", code);
      }
    },
  },
  {
    name: "codes",
    title: "… and its code gets there",
    field: "resetCodes",
    async run(link) {
      for (const code of CODES) {
        for (const from of ["tested", "peer"] as const) {
          const error = await expectReset(link, from, code);
          assert.equal(error.h2Code.name, code);
        }
      }
    },
  },
  {
    name: "trailers",
    title: "Trailers, both ways",
    field: "trailers",
    async run(link) {
      const { tested, peer } = await link.open();
      await peer.write(bytes("a"));
      await peer.closeWrite({ "x-sum": "1" });
      await kept(readAll(tested));
      assert.equal((await kept(tested.trailers)).get("x-sum"), "1");
      await tested.write(bytes("a"));
      await tested.closeWrite({ "x-sum": "2" });
      await kept(readAll(peer));
      assert.equal((await kept(peer.trailers)).get("x-sum"), "2");
    },
  },
  {
    name: "push",
    title: "The server may push",
    field: "push",
    async run(link) {
      const { info } = await link.open();
      const response = new Response("style");
      const result = info?.push("/style.css", { response });
      assert.equal(result?.pushed, true);
      await until(() => link.pushed.includes("/style.css"), "push");
    },
  },
  {
    name: "addresses",
    title: "The addresses of both ends are known",
    field: "addresses",
    async run(link) {
      const { tested } = await link.open();
      for (const addr of [tested.localAddr, tested.remoteAddr]) {
        assert.equal(addr?.hostname, "127.0.0.1");
        assert.ok(addr.port > 0);
      }
    },
  },
  {
    name: "backpressure",
    title: "A reader that stops stalls its writer",
    field: "backpressure",
    async run(link) {
      const one = await link.open();
      await writeUntilStalled(one.peer);
      one.peer.abort();
      const other = await link.open();
      await writeUntilStalled(other.tested);
      other.tested.abort();
    },
  },
  {
    name: "independent",
    title: "… and no other Conn of the session",
    field: "independentStreams",
    async run(link) {
      const { tested, peer } = await link.open();
      for (const side of ["peer", "tested"] as const) {
        // One may be what the session's window has room for.
        const slow = await Promise.all(
          Array.from({ length: 4 }, () => link.open()),
        );
        await Promise.all(slow.map((ends) => writeUntilStalled(ends[side])));
        await talk(tested, peer);
      }
    },
  },
  {
    name: "large",
    title: "8 MiB go both ways at once, unharmed",
    async run(link) {
      const { tested, peer } = await link.open();
      const sent = pattern(LARGE);
      const [there, back] = await within(
        Promise.all([
          readExactly(tested, LARGE),
          readExactly(peer, LARGE),
          writeAll(tested, sent),
          writeAll(peer, sent),
        ]),
        "large transfer",
        20_000,
      );
      assert.ok(equal(there, sent) && equal(back, sent), "the bytes differ");
    },
  },
  {
    name: "many",
    title: "200 Conns run at once on a session",
    async run(link) {
      const all = await Promise.all(
        Array.from({ length: 200 }, () => link.open()),
      );
      await within(
        Promise.all(all.map(({ tested, peer }) => talk(tested, peer))),
        "talk of 200",
        10_000,
      );
    },
  },
  {
    name: "deadlines",
    title: "Deadlines pass, and move",
    async run(link) {
      const { tested, peer } = await link.open();
      tested.setReadDeadline(Date.now() + 20);
      await assert.rejects(
        kept(tested.read(new Uint8Array(1))),
        TimeoutError,
      );
      tested.setReadDeadline(null);
      await talk(tested, peer);
      tested.setWriteDeadline(Date.now() + STALL_MS);
      await assert.rejects(
        kept(tested.write(new Uint8Array(ENDLESS))),
        (error) => error instanceof TimeoutError && error.bytesWritten > 0,
      );
    },
  },
  {
    name: "close",
    title: "`close` delivers what was written, then EOF",
    async run(link) {
      const one = await link.open();
      await closeAfter(one.tested, one.peer);
      await assert.rejects(one.tested.read(new Uint8Array(1)), {
        code: "ERR_CLOSED",
      });
      const other = await link.open();
      await closeAfter(other.peer, other.tested);
    },
  },
  {
    name: "goaway",
    title: "A GOAWAY of the peer lets open Conns end",
    async run(link) {
      const { tested, peer } = await link.open();
      await talk(tested, peer);
      link.goaway();
      await pause(100);
      await talk(tested, peer);
      await peer.closeWrite();
      assert.equal(await kept(tested.read(new Uint8Array(1))), null);
      await tested.closeWrite();
      await kept(tested.closed);
    },
  },
];

/** What came of a promise. */
export interface Outcome {
  /** What `supports` says, or that it has to be kept. */
  readonly claimed: boolean;
  /** Why it was not kept; undefined if it was. */
  readonly fault: unknown;
}

/** Finds out whether the Conns of an adapter keep a promise. */
export async function findOut(
  adapter: Adapter,
  promise: ConnPromise,
): Promise<Outcome> {
  await using link = await openLink(adapter);
  const { tested } = await link.open();
  const claimed = promise.field
    ? tested.supports[promise.field]
    : adapter.lacks?.[promise.name] === undefined;
  let fault;
  try {
    await promise.run(link);
  } catch (error) {
    fault = error ?? new Error("not kept");
  }
  return { claimed, fault };
}

/** Codes that stacks are known to take for an end, or to drop. */
const CODES: readonly ErrorCode[] = [
  "NO_ERROR",
  "CANCEL",
  "INTERNAL_ERROR",
  "ENHANCE_YOUR_CALM",
];

/** Cut in an idle moment, and at once after a byte: neither is EOF. */
async function expectCut(
  link: Link,
  cut: (peer: Conn) => void,
): Promise<void> {
  const idle = await link.open();
  const busy = await link.open();
  await talk(idle.tested, idle.peer);
  await talk(busy.tested, busy.peer);
  const ended = readAll(idle.tested);
  ended.catch(() => {});
  busy.peer.write(bytes("last")).catch(() => {});
  cut(idle.peer);
  cut(busy.peer);
  await expectError(ended);
  await expectError(readAll(busy.tested));
}

async function expectReset(
  link: Link,
  from: "tested" | "peer",
  code: ErrorCode,
): Promise<ResetError> {
  const ends = await link.open();
  await talk(ends.tested, ends.peer);
  const to = from === "tested" ? ends.peer : ends.tested;
  const ended = readAll(to);
  ended.catch(() => {});
  ends[from].abort({ code });
  const error = await expectError(ended);
  assert.ok(error instanceof ResetError, `${error}`);
  return error;
}

async function expectError(ended: Promise<unknown>): Promise<unknown> {
  const end = await kept(ended.then(() => undefined, (error) => ({ error })));
  assert.ok(end, "EOF instead of an error");
  return end.error;
}

/** A few bytes there and back. */
async function talk(one: Conn, other: Conn): Promise<void> {
  for (const [from, to] of [[one, other], [other, one], [one, other]]) {
    const read = readExactly(to, 5);
    await kept(Promise.all([read, from.write(bytes("hello"))]));
  }
}

/** Writes until nothing is taken any more; throws if all of it is. */
async function writeUntilStalled(conn: Conn): Promise<void> {
  const chunk = new Uint8Array(64 * 1024);
  let written = 0;
  while (written < ENDLESS) {
    const isDone = await Promise.race([
      conn.write(chunk).then(() => true),
      pause(STALL_MS),
    ]);
    if (!isDone) return;
    written += chunk.length;
  }
  throw new Error(`${written} bytes were taken, and nobody read them`);
}

async function writeAll(conn: Conn, all: Uint8Array): Promise<void> {
  for (let at = 0; at < all.length; at += 256 * 1024) {
    await conn.write(all.subarray(at, at + 256 * 1024));
  }
}

/** What was written before `close` is read, then EOF. */
async function closeAfter(one: Conn, other: Conn): Promise<void> {
  const sent = pattern(100_000);
  const received = readAll(other);
  await kept(one.write(sent));
  await kept(one.close());
  assert.deepEqual(await kept(received), sent);
  await kept(other.close());
}

function kept<T>(promise: Promise<T>): Promise<T> {
  return within(promise, "result", PATIENCE);
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`No ${what}`);
    await pause(10);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length &&
    one.every((byte, at) => byte === other[at]);
}
