/**
 * Conns over a session of `node:http2` that is somebody else's.
 *
 * @module
 */

import assert from "node:assert/strict";
import http2 from "node:http2";
import net from "node:net";
import { test } from "node:test";
import {
  ArgumentError,
  ConnectError,
  GoawayError,
  handle,
  serve,
  StatusError,
} from "../../mod.ts";
import { connect } from "../../src/node/mod.ts";
import { makeCertificates } from "../support/certificates.ts";
import { bytes, readAll, readExactly, text, within } from "../support/pair.ts";
import { openNodePair } from "./node_pair.ts";

/** A session that is destroyed in the end. */
function sessionTo(url: string, options?: http2.SecureClientSessionOptions) {
  const session = http2.connect(url, options);
  return { session, [Symbol.dispose]: () => session.destroy() };
}

test("a Conn can be written before its session is connected", async () => {
  await using server = await serve(
    { port: 0 },
    handle(async (conn) => {
      for await (const chunk of conn) await conn.write(chunk);
    }, { headers: { "x-greeting": "hello" } }),
  );
  using client = sessionTo(server.url);
  const conn = connect(client.session, "/echo?x=1", { method: "PUT" });
  assert.equal(client.session.connecting, true);
  await within(conn.write(bytes("early")), "write");
  assert.equal(text(await within(readExactly(conn, 5), "echo")), "early");
  const info = await conn.opened;
  assert.equal(info.protocol, "h2");
  assert.equal(info.status, 200);
  assert.equal(info.method, "PUT");
  assert.equal(info.url, `${server.url}/echo?x=1`);
  assert.equal(info.headers.get("x-greeting"), "hello");
  assert.equal(conn.remoteAddr?.port, server.addr.port);
  await conn.closeWrite();
  await within(conn.closed, "clean end");
  assert.equal(client.session.closed, false);
  assert.equal(client.session.destroyed, false);
});

test("what close() has sent survives the end of the session", async () => {
  const received = Promise.withResolvers<string>();
  await using server = await serve(
    { port: 0 },
    handle(async (conn) => received.resolve(text(await readAll(conn)))),
  );
  using client = sessionTo(server.url);
  const conn = connect(client.session);
  await within(conn.opened, "head");
  await conn.write(bytes("last words"));
  await within(conn.close(), "close");
  client.session.destroy();
  assert.equal(await within(received.promise, "EOF"), "last words");
});

test("more Conns than the server takes at once wait for their turn", async () => {
  const node = http2.createServer({ settings: { maxConcurrentStreams: 3 } });
  node.on("stream", (stream) => {
    stream.respond();
    stream.pipe(stream);
  });
  await new Promise<void>((resolve) => node.listen(0, resolve));
  const { port } = node.address() as net.AddressInfo;
  using client = sessionTo(`http://localhost:${port}`);
  const all = Array.from({ length: 20 }, async (_, i) => {
    const conn = connect(client.session);
    await conn.write(bytes(`${i}`));
    await conn.closeWrite();
    assert.equal(text(await readAll(conn)), `${i}`);
  });
  await within(Promise.all(all), "echoes");
  client.session.destroy();
  await new Promise((resolve) => node.close(resolve));
});

test("a refusal is a StatusError with the start of its body", async () => {
  await using server = await serve(
    { port: 0 },
    () => new Response("x".repeat(10_000), { status: 418 }),
  );
  using client = sessionTo(server.url);
  const conn = connect(client.session);
  const calls: Promise<unknown>[] = [
    conn.opened,
    conn.closed,
    conn.read(new Uint8Array(1)),
  ];
  for (const promise of calls) {
    await assert.rejects(within(promise, "refusal"), (error) => {
      assert.ok(error instanceof StatusError);
      assert.equal(error.status, 418);
      assert.equal(error.body, "x".repeat(4096));
      return true;
    });
  }
  const other = connect(client.session);
  await assert.rejects(within(other.opened, "refusal"), StatusError);
});

test("no server, and no trust, are a ConnectError of their phase", async () => {
  const closed = net.createServer();
  await new Promise<void>((resolve) => closed.listen(0, resolve));
  const { port } = closed.address() as net.AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  using nowhere = sessionTo(`http://127.0.0.1:${port}`);
  const lost = connect(nowhere.session);
  await assert.rejects(within(lost.write(bytes("x")), "error"), ConnectError);
  await assert.rejects(lost.opened, (error) => {
    assert.ok(error instanceof ConnectError);
    assert.equal(error.phase, "tcp");
    assert.match(error.message, /connection refused/);
    assert.ok(error.cause instanceof Error);
    return true;
  });

  const { cert, key } = await makeCertificates();
  await using server = await serve({ port: 0, tls: { cert, key } }, () => {
    return new Response();
  });
  using untrusting = sessionTo(server.url);
  const untrusted = connect(untrusting.session);
  await assert.rejects(within(untrusted.opened, "error"), (error) => {
    assert.ok(error instanceof ConnectError);
    assert.equal(error.phase, "tls");
    return true;
  });
});

test("a session that is over gives a Conn that failed", async () => {
  await using pair = await openNodePair({ client: "session", server: "own" });
  const session = pair.session!;
  session.destroy();
  await assert.rejects(within(pair.near.closed, "end"), ConnectError);
  const conn = connect(session);
  await assert.rejects(within(conn.opened, "error"), {
    name: "ConnectError",
    phase: "http2",
  });
  await assert.rejects(conn.write(bytes("x")), ConnectError);
});

test("streams live on after GOAWAY, and a new one is refused", async () => {
  await using pair = await openNodePair({
    client: "session",
    server: "stream",
  });
  const session = pair.session!;
  const goaway = new Promise((resolve) => session.once("goaway", resolve));
  pair.serverSessions[0].close();
  await within(goaway, "GOAWAY");
  await pair.near.write(bytes("still here"));
  assert.equal(
    text(await within(readExactly(pair.far, 10), "read")),
    "still here",
  );
  await pair.far.write(bytes("me too"));
  assert.equal(
    text(await within(readExactly(pair.near, 6), "read")),
    "me too",
  );
  const late = connect(session);
  await assert.rejects(within(late.opened, "error"), (error) => {
    assert.ok(error instanceof GoawayError);
    assert.equal(error.retryable, true);
    return true;
  });
  await assert.rejects(late.write(bytes("x")), GoawayError);
  await pair.near.closeWrite();
  await pair.far.closeWrite();
  await within(Promise.all([pair.near.closed, pair.far.closed]), "clean end");
});

const goaways: [string, number[], { code: string; retryable: boolean }][] = [
  // Stream 0: nothing was acted on.
  ["that drops it", [0, 0, 0, 0, 0, 0, 0, 0], {
    code: "NO_ERROR",
    retryable: true,
  }],
  // Stream 1 was acted on, then INTERNAL_ERROR.
  ["with an error", [0, 0, 0, 1, 0, 0, 0, 2, 0x6f, 0x6f], {
    code: "INTERNAL_ERROR",
    retryable: false,
  }],
];
for (const [title, payload, { code, retryable }] of goaways) {
  test(`GOAWAY ${title} ends a Conn with a GoawayError`, async () => {
    await using peer = await rawServer((socket) => {
      socket.write(frame(4, 0, []));
      socket.write(frame(7, 0, payload));
    });
    using client = sessionTo(peer.url);
    const conn = connect(client.session);
    await assert.rejects(within(conn.closed, "GOAWAY"), (error) => {
      assert.ok(error instanceof GoawayError);
      assert.equal(error.h2Code.name, code);
      assert.equal(error.retryable, retryable);
      return true;
    });
    await assert.rejects(conn.read(new Uint8Array(1)), GoawayError);
  });
}

test("a peer that breaks HTTP/2 ends a Conn with a ProtocolError", async () => {
  await using peer = await rawServer((socket) => {
    socket.write(frame(4, 0, []));
    // WINDOW_UPDATE by nothing. Of other faults Deno says no more than that the
    // connection is gone, and Node 20 says nothing until it is.
    socket.write(frame(8, 0, [0, 0, 0, 0]));
  });
  using client = sessionTo(peer.url);
  const conn = connect(client.session);
  await assert.rejects(within(conn.closed, "error"), {
    name: "ProtocolError",
    code: "ERR_PROTOCOL",
  });
});

test("a signal cuts a Conn, with its reason as the cause", async () => {
  await using pair = await openNodePair({ client: "session", server: "own" });
  const aborter = new AbortController();
  const { near, far } = await pair.another({ signal: aborter.signal });
  const reason = new Error("enough");
  aborter.abort(reason);
  await assert.rejects(within(far.closed, "reset"), {
    h2Code: { name: "CANCEL", number: 8 },
  });
  await assert.rejects(near.read(new Uint8Array(1)), { cause: reason });
  const never = connect(pair.session!, "/", { signal: AbortSignal.abort() });
  await assert.rejects(never.opened, { name: "ResetError", remote: false });
});

test("paths, methods and headers that cannot be are refused at the call", async () => {
  await using pair = await openNodePair({ client: "session", server: "own" });
  const session = pair.session!;
  assert.throws(() => connect(session, "echo"), ArgumentError);
  assert.throws(() => connect(session, "http://x/"), ArgumentError);
  assert.throws(() => connect(session, "/", { method: "HEAD" }), ArgumentError);
  assert.throws(
    () => connect(session, "/", { headers: { te: "gzip" } }),
    ArgumentError,
  );
});

test("a GET may write", async () => {
  await using pair = await openNodePair({ client: "session", server: "own" });
  const { near, far } = await pair.another({ method: "GET" });
  assert.equal((await far.opened).method, "GET");
  await near.write(bytes("content"));
  assert.equal(text(await within(readExactly(far, 7), "read")), "content");
});

function frame(type: number, id: number, payload: number[]): Uint8Array {
  return Uint8Array.from([
    0,
    0,
    payload.length,
    type,
    0,
    0,
    0,
    0,
    id,
    ...payload,
  ]);
}

/** A server that says the same to everyone, once a request is here. */
async function rawServer(greet: (socket: net.Socket) => void) {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.write(frame(4, 0, []));
    let received = new Uint8Array();
    let hasGreeted = false;
    socket.on("data", (chunk: Uint8Array) => {
      received = Uint8Array.from([...received, ...chunk]);
      if (hasGreeted || !hasRequest(received)) return;
      hasGreeted = true;
      greet(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Whether there are HEADERS in what a client has sent. */
function hasRequest(bytes: Uint8Array): boolean {
  const preface = 24;
  for (let at = preface; at + 9 <= bytes.length;) {
    if (bytes[at + 3] === 1) return true;
    at += 9 + (bytes[at] << 16 | bytes[at + 1] << 8 | bytes[at + 2]);
  }
  return false;
}
