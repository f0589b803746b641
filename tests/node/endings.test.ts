/**
 * How Conns over `node:http2` end: EOF is the truth, and a cut never is EOF.
 *
 * @module
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ClosedError,
  type Conn,
  ConnectError,
  type ErrorCode,
  ResetError,
} from "../../mod.ts";
import {
  bytes,
  pattern,
  readAll,
  readExactly,
  text,
  within,
} from "../support/pair.ts";
import { startProxy, type TcpProxy } from "../support/tcp_proxy.ts";
import { type Ends, NODE_PAIRS, openNodePair } from "./node_pair.ts";

const CODES: readonly (readonly [ErrorCode, number])[] = [
  ["NO_ERROR", 0],
  ["INTERNAL_ERROR", 2],
  ["CANCEL", 8],
  ["ENHANCE_YOUR_CALM", 11],
];

/** What the side that is cut has done before. */
const BEFORE = {
  "its own side open": () => Promise.resolve(),
  "its own side ended": (conn: Conn) => conn.closeWrite(),
  "much left to read": () => Promise.resolve(),
} as const;

/** Windows with room for more than a Conn takes before it pauses a stream. */
const settings = { initialWindowSize: 1024 * 1024 };

/** What the peer has written; only node:http2 has those windows. */
function sentBefore(state: string, reader: string) {
  if (state !== "much left to read") return pattern(10);
  return pattern(reader === "own" ? 30_000 : 300_000);
}

function ends(side: "client" | "server", { near, far }: Ends): [Conn, Conn] {
  return side === "client" ? [near, far] : [far, near];
}

for (const [client, server] of NODE_PAIRS) {
  const pairs = `${client} to ${server}`;

  for (const tls of [false, true]) {
    test(`${pairs}: EOF comes after END_STREAM, and the other direction goes on (${tls ? "TLS" : "cleartext"})`, async () => {
      await using pair = await openNodePair({ client, server, tls });
      for (const side of ["client", "server"] as const) {
        const [one, other] = ends(side, await pair.another());
        await one.write(bytes("all of it"));
        await one.closeWrite();
        assert.equal(text(await within(readAll(other), "EOF")), "all of it");
        for (let turn = 0; turn < 10; turn++) {
          await other.write(bytes("more"));
          assert.equal(text(await within(readExactly(one, 4), "more")), "more");
        }
        await other.closeWrite();
        assert.equal(await within(one.read(new Uint8Array(1)), "EOF"), null);
        await within(Promise.all([one.closed, other.closed]), "clean end");
        assert.deepEqual([...await one.trailers], []);
      }
    });
  }

  for (const side of ["client", "server"] as const) {
    for (const [name, number] of CODES) {
      for (const [state, prepare] of Object.entries(BEFORE)) {
        test(`${pairs}: the ${side}'s reset with ${name} is no EOF for a peer with ${state}`, async () => {
          await using pair = await openNodePair({ client, server, settings });
          const [one, other] = ends(side, pair);
          const reader = side === "client" ? server : client;
          const sent = sentBefore(state, reader);
          await prepare(other);
          await one.write(sent);
          await within(readExactly(other, 1), "the first byte");
          // What was written is on its way, before the reset.
          await new Promise((resolve) => setTimeout(resolve, 50));
          const cause = new Error("why");
          one.abort({ code: name, cause });
          await assert.rejects(within(other.closed, "reset"), {
            name: "ResetError",
            remote: true,
            h2Code: { name, number },
          });
          const rest = await within(readExactly(other, sent.length - 1), "all");
          assert.deepEqual(rest, sent.subarray(1));
          await assert.rejects(other.read(new Uint8Array(1)), ResetError);
          await assert.rejects(other.write(bytes("x")), ResetError);
          await assert.rejects(other.trailers, ResetError);
          const own = { name: "ResetError", remote: false, cause };
          await assert.rejects(one.read(new Uint8Array(1)), own);
          await assert.rejects(one.write(bytes("x")), own);
          await assert.rejects(one.closed, own);
        });
      }
    }

    for (const cut of ["FIN", "RST"] as const) {
      for (const [state, prepare] of Object.entries(BEFORE)) {
        test(`${pairs}: a TCP ${cut} towards the ${side} with ${state} is no EOF`, async () => {
          let proxy!: TcpProxy;
          await using pair = await openNodePair({
            client,
            server,
            settings,
            tls: true,
            port: async (port) => (proxy = await startProxy(port)).port,
          });
          await using _ = proxy;
          const [conn, other] = ends(side, pair);
          const reader = side === "client" ? client : server;
          const sent = sentBefore(state, reader);
          await prepare(conn);
          await other.write(sent);
          await within(readExactly(conn, 1), "the first byte");
          await new Promise((resolve) => setTimeout(resolve, 50));
          if (side === "client") proxy.cutClient(cut);
          else proxy.cutServer(cut);
          const since = performance.now();
          await assert.rejects(within(conn.closed, "cut"), {
            name: "ConnectError",
            phase: "tcp",
          });
          assert.ok(performance.now() - since < 1000, "told within a second");
          const rest = await within(readExactly(conn, sent.length - 1), "all");
          assert.deepEqual(rest, sent.subarray(1));
          await assert.rejects(conn.read(new Uint8Array(1)), ConnectError);
          await assert.rejects(conn.write(bytes("x")), ConnectError);
        });
      }
    }

    test(`${pairs}: trailers of the ${side} reach the peer`, async () => {
      await using pair = await openNodePair({ client, server });
      const [one, other] = ends(side, pair);
      await one.write(bytes("x"));
      await one.closeWrite({ "x-sum": "1", "X-Other": "two" });
      assert.equal(text(await within(readAll(other), "EOF")), "x");
      const trailers = await within(other.trailers, "trailers");
      assert.equal(trailers.get("x-sum"), "1");
      assert.equal(trailers.get("x-other"), "two");
      await other.closeWrite();
      await within(Promise.all([one.closed, other.closed]), "clean end");
      assert.deepEqual([...await one.trailers], []);
    });

    test(`${pairs}: close() of the ${side} delivers what was written, then EOF`, async () => {
      await using pair = await openNodePair({ client, server });
      const [one, other] = ends(side, pair);
      const sent = pattern(300_000);
      const received = readAll(other);
      await one.write(sent);
      await within(one.close(), "close");
      assert.deepEqual(await within(received, "EOF"), sent);
      await other.close();
      await within(Promise.all([one.closed, other.closed]), "clean end");
    });

    test(`${pairs}: close() of the ${side} ends calls that wait`, async () => {
      await using pair = await openNodePair({ client, server });
      const [one, other] = ends(side, pair);
      const read = one.read(new Uint8Array(8));
      // Over any window: it must wait for a reader that never comes.
      const write = one.write(new Uint8Array(64 * 1024 * 1024));
      const received = readAll(other);
      await Promise.all([
        assert.rejects(read, ClosedError),
        assert.rejects(write, ClosedError),
        within(one.close(), "close"),
      ]);
      await within(received, "EOF");
      await assert.rejects(one.read(new Uint8Array(8)), ClosedError);
    });

    test(`${pairs}: bytes that come after close() of the ${side} are dropped`, async () => {
      await using pair = await openNodePair({ client, server });
      const [one, other] = ends(side, pair);
      await one.close();
      assert.equal(await within(other.read(new Uint8Array(1)), "EOF"), null);
      // More than any window: the writer is not stalled by a closed reader.
      await within(other.write(new Uint8Array(8_000_000)), "write", 20_000);
      await other.closeWrite();
      await within(Promise.all([one.closed, other.closed]), "clean end");
    });

    test(`${pairs}: abort() of the ${side} frees a write that the peer stalls`, async () => {
      await using pair = await openNodePair({ client, server });
      const [one, other] = ends(side, pair);
      const write = one.write(new Uint8Array(64 * 1024 * 1024));
      // Its first bytes say that the write is under way.
      await within(readExactly(other, 1), "the first byte");
      one.abort();
      await assert.rejects(within(write, "abort"), {
        name: "ResetError",
        remote: false,
        h2Code: { name: "CANCEL", number: 8 },
      });
      await assert.rejects(within(other.closed, "reset"), {
        h2Code: { name: "CANCEL", number: 8 },
      });
    });

    test(`${pairs}: the ${side} may abort as soon as bytes come`, async () => {
      await using pair = await openNodePair({ client, server });
      for (let turn = 0; turn < 20; turn++) {
        const [one, other] = ends(side, await pair.another());
        for (const conn of [one, other]) {
          conn.write(new Uint8Array(200_000)).catch(() => {});
        }
        await within(one.read(new Uint8Array(1)), "the first byte");
        one.abort({ code: turn % 2 ? "CANCEL" : "INTERNAL_ERROR" });
        await assert.rejects(within(other.closed, "reset"), ResetError);
      }
    });

    test(`${pairs}: a reset frees a write of the ${side}'s peer`, async () => {
      await using pair = await openNodePair({ client, server });
      const [one, other] = ends(side, pair);
      const write = other.write(new Uint8Array(64 * 1024 * 1024));
      await within(readExactly(one, 1), "the first byte");
      one.abort({ code: "NO_ERROR" });
      await assert.rejects(within(write, "reset"), {
        name: "ResetError",
        remote: true,
        h2Code: { name: "NO_ERROR", number: 0 },
      });
      await assert.rejects(within(other.closed, "reset"), ResetError);
    });
  }
}

test("peers that go on for ever after close() are reset", {
  timeout: 30_000,
}, async () => {
  await using pair = await openNodePair({
    client: "session",
    server: "stream",
  });
  async function outlast(one: Conn, other: Conn, code: ErrorCode) {
    await one.close();
    assert.equal(await other.read(new Uint8Array(1)), null);
    await assert.rejects(within(other.closed, "reset", 20_000), (error) => {
      assert.ok(error instanceof ResetError);
      assert.equal(error.remote, true);
      assert.equal(error.h2Code.name, code);
      return true;
    });
    await assert.rejects(one.closed, ResetError);
  }
  const { near, far } = await pair.another();
  await Promise.all([
    outlast(pair.near, pair.far, "CANCEL"),
    outlast(far, near, "NO_ERROR"),
  ]);
});
