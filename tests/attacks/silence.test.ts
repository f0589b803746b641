import assert from "node:assert/strict";
import net from "node:net";
import { test } from "node:test";
import {
  accept,
  Client,
  type Conn,
  type ConnectError,
  serve,
} from "../../mod.ts";
import { bytes, readExactly, within } from "../support/pair.ts";
import { startProxy } from "../support/tcp_proxy.ts";
import {
  ACK,
  continuation,
  data,
  END_HEADERS,
  END_STREAM,
  frame,
  headers,
  join,
  ping,
  PREFACE,
  RawPeer,
  request,
  SETTING,
  settings,
  sleep,
  TYPE,
  windowUpdate,
} from "./raw_peer.ts";
import { type StallingProxy, stallingProxy } from "./stalling_proxy.ts";
import { attack, heldConn, type Target } from "./target.ts";

/** Connects, sends some bytes, and is silent. */
async function silent(target: Target, start = new Uint8Array(0)) {
  const socket = net.connect({ port: target.port, host: "127.0.0.1" });
  const peer = new RawPeer(socket);
  if (start.length > 0) await peer.send(start);
  return peer;
}

for (const secure of [false, true]) {
  const over = secure ? "TLS" : "cleartext";

  test(
    `200 that connect and are silent are let go (${over})`,
    {
      timeout: 20_000,
    },
    () =>
      attack({ secure, timeouts: { connectTimeout: 800 } }, async (target) => {
        const peers: RawPeer[] = [];
        for (let count = 0; count < 200; count++) {
          peers.push(await silent(target));
        }
        await target.greet();
        await Promise.all(peers.map((peer) => peer.expectEnd(5000)));
        await Promise.all(peers.map((peer) => peer.close()));
      }),
  );

  test(
    `a drip of the preface is let go (${over})`,
    {
      timeout: 20_000,
    },
    () =>
      attack({ secure, timeouts: { connectTimeout: 600 } }, async (target) => {
        const peer = await target.dial();
        const start = performance.now();
        for (const byte of join(PREFACE, PREFACE)) {
          if (peer.hasEnded || peer.isClosed) break;
          await peer.send(Uint8Array.of(byte));
          await sleep(100);
        }
        await peer.expectEnd(500);
        assert(performance.now() - start < 3000);
      }),
  );

  test(
    `who stops after the preface is let go (${over})`,
    {
      timeout: 20_000,
    },
    () =>
      attack({ secure, timeouts: { connectTimeout: 500 } }, async (target) => {
        const peer = await target.dial();
        await peer.send(PREFACE);
        await peer.expectEnd(3000);
      }),
  );
}

test("a drip of the TLS handshake is let go", { timeout: 20_000 }, () =>
  attack(
    { secure: true, timeouts: { connectTimeout: 600 } },
    async (target) => {
      const peer = await silent(target);
      // A record of a ClientHello that is never whole.
      const hello = join(
        Uint8Array.of(22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3),
        new Uint8Array(200),
      );
      const start = performance.now();
      for (const byte of hello) {
        if (peer.hasEnded || peer.isClosed) break;
        await peer.send(Uint8Array.of(byte));
        await sleep(50);
      }
      await peer.expectEnd(500);
      assert(performance.now() - start < 4000);
      await peer.close();
    },
  ));

test("a server shuts down while TLS handshakes hang", {
  timeout: 20_000,
}, async () => {
  let peer: RawPeer | undefined;
  await attack({ secure: true }, async (target) => {
    peer = await silent(target);
    await sleep(50);
  });
  await peer!.expectEnd(2000);
  await peer!.close();
});

test("a server shuts down while a peer takes no byte", {
  timeout: 20_000,
}, async () => {
  let proxy: StallingProxy | undefined;
  let peer: RawPeer | undefined;
  await attack({}, async (target) => {
    proxy = await stallingProxy(target.port);
    peer = await RawPeer.connect(
      { port: proxy.port },
      [SETTING.INITIAL_WINDOW_SIZE, 2 ** 31 - 1],
    );
    proxy.stopServer();
    await peer.send(
      windowUpdate(0, 2 ** 31 - 65_536),
      headers(1, request("/big")),
    );
    await target.stalled(1);
  });
  await peer!.close();
  await proxy![Symbol.asyncDispose]();
});

test("SETTINGS that are not acknowledged end the session", {
  timeout: 20_000,
}, () =>
  attack({ timeouts: { settingsTimeout: 500 } }, async (target) => {
    const peer = await target.dial();
    await peer.send(PREFACE, settings(), headers(1, request("/hold"), 4));
    await peer.expectGoaway("SETTINGS_TIMEOUT", 3000);
    await assert.rejects((await heldConn(target, 0)).closed, {
      code: "ERR_PROTOCOL",
    });
  }));

test(
  "a session without streams is closed",
  { timeout: 20_000 },
  () =>
    attack({ timeouts: { idleTimeout: 600 } }, async (target) => {
      const peer = await target.connect();
      // To keep on talking is no use.
      for (let count = 0; count < 5; count++) {
        await peer.expectAlive();
        await sleep(50);
      }
      await peer.send(headers(1, request("/")));
      await peer.expectHeaders(1);
      await peer.expectGoaway("NO_ERROR", 3000);
    }),
);

const DRIPS: { name: string; start: Uint8Array; drop: Uint8Array }[] = [
  {
    name: "CONTINUATION frames",
    start: headers(1, request(), END_STREAM),
    drop: continuation(1, Uint8Array.of(0x88)),
  },
  {
    name: "bytes of a HEADERS frame",
    start: headers(1, new Uint8Array(1000)).subarray(0, 9),
    drop: Uint8Array.of(0x88),
  },
  {
    name: "bytes of a frame's header",
    start: Uint8Array.of(0, 4),
    drop: new Uint8Array(0),
  },
  {
    name: "bytes of SETTINGS",
    start: frame(TYPE.SETTINGS, 0, 0, new Uint8Array(600)).subarray(0, 9),
    drop: Uint8Array.of(0),
  },
];

test("drips of headers end the session", { timeout: 30_000 }, async (t) => {
  const timeouts = { headersTimeout: 500 };
  await attack({ timeouts }, async (target) => {
    for (const { name, start, drop } of DRIPS) {
      await t.test(name, async () => {
        const peer = await target.connect();
        await peer.send(start);
        const since = performance.now();
        while (!peer.hasEnded && performance.now() - since < 3000) {
          await peer.send(drop);
          await sleep(50);
        }
        await peer.expectGoaway("ENHANCE_YOUR_CALM", 500);
      });
    }
  });
});

test("a slow body is no attack, and costs the others nothing", {
  timeout: 20_000,
}, () =>
  attack({ timeouts: { headersTimeout: 300 } }, async (target) => {
    const peer = await target.connect();
    await peer.send(headers(1, request("/read"), END_HEADERS));
    for (const byte of data(1, 30)) {
      await peer.send(Uint8Array.of(byte));
      await sleep(30);
    }
    await peer.send(data(1, 0, END_STREAM));
    await peer.next((f) => f.type === TYPE.DATA && (f.flags & END_STREAM) > 0);
  }));

test("a busy peer, always inside some frame, is not taken for a drip", {
  timeout: 20_000,
}, () =>
  attack({ timeouts: { headersTimeout: 300 } }, async (target) => {
    const peer = await target.connect();
    const unit = join(headers(1, request("/")), ping());
    let id = 1;
    const start = performance.now();
    let cut = new Uint8Array(0);
    while (performance.now() - start < 1500) {
      const next = join(headers(id, request("/")), unit.subarray(-17));
      id += 2;
      // Each write ends inside a HEADERS frame.
      const whole = join(cut, next);
      await peer.send(whole.subarray(0, cut.length + 15));
      cut = new Uint8Array(whole.subarray(cut.length + 15));
      await sleep(20);
    }
    await peer.send(cut);
    await peer.expectAlive();
  }));

test(
  "a client that vanishes is found by PING",
  { timeout: 20_000 },
  () =>
    attack(
      { timeouts: { pingInterval: 300, pingTimeout: 300 } },
      async (target) => {
        await using proxy = await startProxy(target.port);
        await using peer = await RawPeer.connect({ port: proxy.port });
        await peer.send(headers(1, request("/hold"), END_HEADERS));
        const conn = await heldConn(target, 0);
        proxy.stall();
        await assert.rejects(within(conn.closed, "end", 4000), (error) => {
          assert.equal((error as ConnectError).code, "ERR_CONNECT");
          assert.equal((error as ConnectError).phase, "tcp");
          return true;
        });
      },
    ),
);

test("a client that answers no PING, and then vanishes, is found", {
  timeout: 20_000,
}, () =>
  attack(
    { timeouts: { pingInterval: 300, pingTimeout: 300 } },
    async (target) => {
      const peer = await target.connect();
      await peer.send(headers(1, request("/hold"), END_HEADERS));
      const conn = await heldConn(target, 0);
      const isPing = (f: { type: number }) => f.type === TYPE.PING;
      await peer.next(isPing, "PING", 3000);
      await peer.send(data(1, 1));
      await peer.next(isPing, "second PING", 3000);
      await assert.rejects(within(conn.closed, "end", 4000), {
        code: "ERR_CONNECT",
      });
    },
  ));

test("a client that answers PINGs stays", { timeout: 20_000 }, () =>
  attack(
    { timeouts: { pingInterval: 200, pingTimeout: 200 } },
    async (target) => {
      const peer = await target.connect();
      await peer.send(headers(1, request("/hold"), END_HEADERS));
      for (let count = 0; count < 4; count++) {
        const { payload } = await peer.next((f) => f.type === TYPE.PING);
        await peer.send(ping(ACK, payload));
      }
      await peer.expectAlive();
    },
  ));

test(
  "a server that vanishes is found by PING",
  { timeout: 20_000 },
  async () => {
    const held: Conn[] = [];
    await using server = await serve({ port: 0 }, (request) => {
      const { conn, response } = accept(request);
      held.push(conn);
      conn.readable.pipeTo(conn.writable).catch(() => {});
      return response;
    });
    await using proxy = await startProxy(server.addr.port);
    await using client = new Client({
      timeouts: { pingInterval: 300, pingTimeout: 300 },
    });
    await using lost = client.connect(`http://127.0.0.1:${proxy.port}`);
    await using honest = client.connect(server.url);
    await lost.opened;
    proxy.stall();
    await assert.rejects(within(lost.read(new Uint8Array(1)), "end", 4000), {
      code: "ERR_CONNECT",
      phase: "tcp",
    });
    await honest.write(bytes("hello"));
    await within(readExactly(honest, 5), "echo");
  },
);

for (const secure of [false, true]) {
  test(
    `a peer that takes no byte is found (${secure ? "TLS" : "cleartext"})`,
    {
      timeout: 20_000,
    },
    () =>
      attack({ secure, timeouts: { writeTimeout: 700 } }, async (target) => {
        // Deno's TLS sockets read on when they are paused, so TCP is stalled.
        await using proxy = await stallingProxy(target.port);
        await using peer = await RawPeer.connect(
          { port: proxy.port, ca: target.ca },
          [SETTING.INITIAL_WINDOW_SIZE, 2 ** 31 - 1],
        );
        proxy.stopServer();
        await peer.send(
          windowUpdate(0, 2 ** 31 - 65_536),
          headers(1, request("/big")),
        );
        await target.stalled(1);
        await target.ended(1, "ERR_CONNECT");
      }),
  );
}
