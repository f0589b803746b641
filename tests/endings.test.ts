import assert from "node:assert/strict";
import net from "node:net";
import { test } from "node:test";
import {
  Client,
  ConnectError,
  GoawayError,
  handle,
  ResetError,
  serve,
} from "../mod.ts";
import { makeCertificates } from "./support/certificates.ts";
import {
  bytes,
  openPair,
  readAll,
  readExactly,
  text,
  within,
} from "./support/pair.ts";
import { startProxy } from "./support/tcp_proxy.ts";

for (const tls of [false, true]) {
  const over = tls ? "TLS" : "cleartext";

  test(`EOF comes after the peer's END_STREAM and all its bytes (${over})`, async () => {
    await using pair = await openPair({ tls });
    await pair.far.write(bytes("all of it"));
    await pair.far.closeWrite();
    assert.equal(text(await readAll(pair.near)), "all of it");
    assert.equal(await pair.near.read(new Uint8Array(1)), null);
    await pair.near.write(bytes("still open"));
    assert.equal(text(await readExactly(pair.far, 10)), "still open");
    await pair.near.closeWrite();
    assert.equal(await pair.far.read(new Uint8Array(1)), null);
    await within(pair.near.closed, "clean end");
    await within(pair.far.closed, "clean end");
  });

  for (const side of ["client", "server"] as const) {
    test(`a reset by the ${side} reaches the peer with its code (${over})`, async () => {
      await using pair = await openPair({ tls });
      const [one, other] = side === "client"
        ? [pair.near, pair.far]
        : [pair.far, pair.near];
      await one.write(bytes("before"));
      assert.equal(text(await readExactly(other, 3)), "bef");
      const cause = new Error("why");
      one.abort({ code: "ENHANCE_YOUR_CALM", cause });
      await assert.rejects(within(other.closed, "reset"), {
        name: "ResetError",
        code: "ERR_RESET",
        remote: true,
        h2Code: { name: "ENHANCE_YOUR_CALM", number: 11 },
      });
      assert.equal(text(await readExactly(other, 3)), "ore");
      await assert.rejects(other.read(new Uint8Array(1)), ResetError);
      await assert.rejects(other.write(bytes("x")), ResetError);
      await assert.rejects(other.trailers, ResetError);
      await assert.rejects(one.read(new Uint8Array(1)), {
        name: "ResetError",
        remote: false,
        cause,
      });
      await assert.rejects(one.write(bytes("x")), { remote: false });
      await assert.rejects(one.closed, { remote: false });
    });

    for (const cut of ["FIN", "RST"] as const) {
      test(`a TCP ${cut} towards the ${side} is an error, never EOF (${over})`, async () => {
        const { ca, cert, key } = await makeCertificates();
        let far!: Parameters<Parameters<typeof handle>[0]>[0];
        const accepted = Promise.withResolvers<void>();
        const done = Promise.withResolvers<void>();
        await using server = await serve(
          { port: 0, ...(tls && { tls: { cert, key } }) },
          handle((conn) => {
            far = conn;
            accepted.resolve();
            return done.promise;
          }),
        );
        await using proxy = await startProxy(server.addr.port);
        await using client = new Client({ tls: { ca } });
        const near = client.connect(
          `${tls ? "https" : "http"}://localhost:${proxy.port}/`,
        );
        await near.write(bytes("hello"));
        await accepted.promise;
        await far.write(bytes("there"));
        const conn = side === "client" ? near : far;
        // Its first byte says that all five are here.
        await readExactly(conn, 1);
        if (side === "client") proxy.cutClient(cut);
        else proxy.cutServer(cut);
        const since = performance.now();
        await assert.rejects(within(conn.closed, "cut"), {
          name: "ConnectError",
          phase: "tcp",
        });
        assert.ok(performance.now() - since < 1000, "told within a second");
        assert.equal((await readExactly(conn, 4)).length, 4);
        await assert.rejects(conn.read(new Uint8Array(1)), ConnectError);
        await assert.rejects(conn.write(bytes("x")), ConnectError);
        done.resolve();
      });
    }
  }
}

test("a Conn that GOAWAY drops fails with a retryable error", async () => {
  await using peer = await rawServer((socket) => {
    // SETTINGS, then GOAWAY of stream 0: nothing was acted on.
    socket.write(frame(4, 0, 0, []));
    socket.write(frame(7, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]));
  });
  await using client = new Client();
  const conn = client.connect(peer.url);
  await assert.rejects(within(conn.opened, "GOAWAY"), (error) => {
    assert.ok(error instanceof GoawayError);
    assert.equal(error.retryable, true);
    assert.equal(error.h2Code.name, "NO_ERROR");
    return true;
  });
});

test("a connection that closes after GOAWAY names GOAWAY as the cause", async () => {
  await using peer = await rawServer((socket) => {
    socket.write(frame(4, 0, 0, []));
    // Stream 1 was acted on, then INTERNAL_ERROR.
    socket.end(frame(7, 0, 0, [0, 0, 0, 1, 0, 0, 0, 2, 0x6f, 0x6f]));
  });
  await using client = new Client();
  const conn = client.connect(peer.url);
  await assert.rejects(within(conn.closed, "GOAWAY"), {
    name: "GoawayError",
    retryable: false,
    message: 'Peer closed the session with GOAWAY INTERNAL_ERROR: "oo"',
  });
});

test("a stream that is closed before its headers is an error, not EOF", async () => {
  await using peer = await rawServer((socket) => {
    socket.write(frame(4, 0, 0, []));
    socket.end();
  });
  await using client = new Client();
  const conn = client.connect(peer.url);
  await assert.rejects(within(conn.read(new Uint8Array(1)), "end"), {
    name: "ConnectError",
  });
  await assert.rejects(conn.opened, ConnectError);
});

function frame(type: number, flags: number, id: number, payload: number[]) {
  return Uint8Array.from([
    0,
    payload.length >> 8,
    payload.length,
    type,
    flags,
    0,
    0,
    0,
    id,
    ...payload,
  ]);
}

/** A server that says the same to everyone, whatever they say. */
async function rawServer(greet: (socket: net.Socket) => void) {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    // Only once the request is here.
    socket.once("data", () => {
      greet(socket);
      socket.resume();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
