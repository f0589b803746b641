import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, type Conn } from "../../mod.ts";
import { bytes, readExactly, within } from "../support/pair.ts";
import { MB, openHandles, PEER_BOUND, usedMemory } from "./memory.ts";
import {
  ascii,
  data,
  END_HEADERS,
  END_STREAM,
  headers,
  join,
  longHeaders,
  OK_BLOCK,
  ping,
  PREFACE,
  RawPeer,
  RawServer,
  repeat,
  request,
  reset,
  SETTING,
  settings,
  sleep,
  TYPE,
  windowUpdate,
} from "./raw_peer.ts";
import { stallingProxy } from "./stalling_proxy.ts";
import { attack, type Target, until } from "./target.ts";

const WIDE: [number, number] = [SETTING.INITIAL_WINDOW_SIZE, 2 ** 31 - 1];
const ALL_CREDIT = windowUpdate(0, 2 ** 31 - 65_536);

/** Many requests, one stream each. */
function requests(count: number, one: (id: number) => Uint8Array): Uint8Array {
  const all: Uint8Array[] = [];
  for (let id = 1; all.length < count; id += 2) all.push(one(id));
  return join(...all);
}

/** Asserts what an attack, while it lasts, costs for each of its peers. */
async function costs(
  peers: number,
  run: () => Promise<void>,
  bound = PEER_BOUND,
): Promise<void> {
  const before = await usedMemory();
  const { rss } = process.memoryUsage();
  await run();
  const grown = (await usedMemory()) - before;
  const resident = process.memoryUsage().rss - rss;
  const each = grown / peers;
  if (process.env.H2CONN_SHOW_MEMORY) {
    console.log(`# ${(each / MB).toFixed(2)} MB for each of ${peers} peers`);
  }
  assert(each < bound, `${(each / MB).toFixed(1)} MB for each peer`);
  // What it does not count, such as a socket's own queue, shows here. It also
  // has the garbage and the attackers in it.
  assert(
    resident < peers * bound + 128 * MB,
    `${(resident / MB).toFixed(1)} MB resident`,
  );
}

test(
  "memory of peers whose windows are at zero",
  { timeout: 30_000 },
  () =>
    attack({}, (target) =>
      costs(4, async () => {
        for (let count = 0; count < 4; count++) {
          const peer = await target.connect([SETTING.INITIAL_WINDOW_SIZE, 0]);
          await peer.send(requests(250, (id) => headers(id, request("/big"))));
          await peer.expectAlive();
        }
        await target.stalled(1000);
      })),
);

for (const secure of [false, true]) {
  const over = secure ? "TLS" : "cleartext";

  test(`memory of TCP peers that stop reading (${over})`, {
    timeout: 30_000,
  }, () =>
    attack({ secure }, async (target) => {
      // Deno's TLS sockets read on when they are paused, so TCP is stalled.
      await using proxy = await stallingProxy(target.port);
      const peers: RawPeer[] = [];
      for (let count = 0; count < 4; count++) {
        peers.push(
          await RawPeer.connect({ port: proxy.port, ca: target.ca }, WIDE),
        );
      }
      proxy.stopServer();
      await costs(4, async () => {
        for (const peer of peers) {
          await peer.send(ALL_CREDIT);
          await peer.send(requests(50, (id) => headers(id, request("/big"))));
        }
        await target.stalled(200);
      });
      for (const peer of peers) await peer.close();
      await target.ended(200, "ERR_CONNECT");
    }));
}

test("memory of requests whose answers are not read", {
  timeout: 30_000,
}, () =>
  attack({}, async (target) => {
    await using proxy = await stallingProxy(target.port);
    await using peer = await RawPeer.connect({ port: proxy.port }, WIDE);
    proxy.stopServer();
    await peer.send(ALL_CREDIT, headers(1, request("/big")));
    await target.stalled(1);
    // Each is answered with 4 kB of headers: 40 MB, were all kept.
    await costs(1, async () => {
      for (let id = 3; id < 20_000; id += 200) {
        const some: Uint8Array[] = [];
        for (let at = id; at < id + 200; at += 2) {
          some.push(headers(at, request("/none")));
        }
        await peer.send(...some);
        await sleep(5);
      }
    });
    await target.ended(1, "ERR_PROTOCOL");
  }));

test("memory of streams that nobody reads, and no stall of the others", {
  timeout: 30_000,
}, () =>
  attack({}, async (target) => {
    const peer = await target.connect();
    await costs(1, async () => {
      for (let id = 1; id < 2 * 255; id += 2) {
        await peer.send(headers(id, request("/hold"), END_HEADERS));
        for (let part = 0; part < 2; part++) await peer.send(data(id, 16_384));
      }
      await peer.expectAlive();
      await until(() => target.held.length === 255);
    });
    // One more, of the same session: its bytes come and go.
    await peer.send(headers(601, request("/echo"), END_HEADERS));
    for (let round = 0; round < 10; round++) {
      await peer.send(data(601, 1000));
      await peer.next((f) => f.type === TYPE.DATA && f.streamId === 601);
    }
  }));

test("memory of all that may be sent before SETTINGS are acknowledged", {
  timeout: 30_000,
}, () =>
  attack({}, async (target) => {
    const peer = await target.dial();
    await peer.send(PREFACE, settings());
    // The session's window is 12 MiB, and each stream's still 65 535 bytes.
    await costs(1, async () => {
      for (let id = 1; id < 2 * 190; id += 2) {
        await peer.send(headers(id, request("/hold"), END_HEADERS));
        for (let part = 0; part < 4; part++) {
          await peer.send(data(id, 16_383));
        }
      }
      await peer.expectAlive();
    });
  }));

test(
  "memory of one-byte DATA that nobody reads",
  { timeout: 30_000 },
  () =>
    attack({}, async (target) => {
      const peer = await target.connect();
      const count = 16;
      const open = requests(
        count,
        (id) => headers(id, request("/hold"), END_HEADERS),
      );
      await peer.send(open);
      await costs(1, async () => {
        for (let at = 0; at < count; at++) {
          await peer.flood(repeat(data(2 * at + 1, 1), 32 * 1024));
        }
        await peer.expectAlive();
      }, 8 * MB);
    }),
);

test("memory of header lists that are as long as they may be", {
  timeout: 30_000,
}, () =>
  attack({}, async (target) => {
    const peer = await target.connect();
    await costs(1, async () => {
      for (let id = 1; id < 2 * 256; id += 2) {
        const long = `${id}`.padEnd(60_000, "x");
        const fields = request("/hold", [["x-long", long]]);
        await peer.send(longHeaders(id, fields, 0));
      }
      await peer.expectAlive();
    });
    // What they hold is counted as one.
    await peer.expectReset(2 * 256 - 1, "REFUSED_STREAM");
  }));

test("memory of streams that wait for the session's window, and are reset", {
  timeout: 30_000,
}, () =>
  attack({ limits: { maxResets: 10 ** 9 } }, async (target) => {
    const peer = await target.connect();
    await peer.send(headers(1, request("/big")));
    await target.stalled(1);
    await costs(1, async () => {
      for (let id = 3; id < 20_000; id += 200) {
        const some: Uint8Array[] = [];
        for (let at = id; at < id + 200; at += 2) {
          some.push(headers(at, request("/big")));
        }
        await peer.send(...some);
        await sleep(2);
        for (let at = id; at < id + 200; at += 2) await peer.send(reset(at));
      }
      await peer.expectAlive();
    }, 8 * MB);
  }));

test("memory of a server that sends what nobody reads", {
  timeout: 30_000,
}, async () => {
  await using server = await RawServer.listen(async (peer) => {
    await peer.send(settings());
    await peer.shakeHands();
    for (let id = 1; id < 2 * 100; id += 2) {
      await peer.expectHeaders(id);
      await peer.send(
        headers(id, OK_BLOCK, END_HEADERS),
        data(id, 16_384),
        data(id, 16_384),
      );
    }
  });
  await using client = new Client();
  const conns: Conn[] = [];
  await costs(1, async () => {
    for (let count = 0; count < 100; count++) {
      const conn = client.connect(server.url);
      conns.push(conn);
      await within(conn.opened, "response");
    }
  });
  for (const conn of conns) conn.abort();
});

test("memory of a server that stops reading", { timeout: 30_000 }, async () => {
  await using server = await RawServer.listen(async (peer) => {
    await peer.send(settings(WIDE), ALL_CREDIT);
    await peer.shakeHands();
  });
  await using proxy = await stallingProxy(server.port);
  await using client = new Client({ timeouts: { writeTimeout: 1000 } });
  const chunk = new Uint8Array(64 * 1024);
  const endings: Promise<unknown>[] = [];

  async function writeAll(conn: Conn): Promise<void> {
    while (true) await conn.write(chunk);
  }

  const first = client.connect(`http://127.0.0.1:${proxy.port}`);
  await within(first.write(bytes("hello")), "write");
  await sleep(200);
  proxy.stopClients();
  await costs(1, async () => {
    for (let count = 0; count < 100; count++) {
      const conn = client.connect(`http://127.0.0.1:${proxy.port}`);
      endings.push(writeAll(conn).catch((error) => error));
    }
    await sleep(800);
  });
  for (const ending of endings) {
    const error = await within(ending, "end of a writer") as Error;
    assert.match(error.message, /took nothing/);
  }
});

/** The heavy ones, ten times over. */
const ROUNDS: {
  name: string;
  /** Whether TLS could make a difference. */
  isEncrypted: boolean;
  run(target: Target): Promise<void>;
}[] = [
  {
    name: "rapid reset",
    isEncrypted: false,
    async run(target) {
      const peer = await target.connect();
      await peer.flood(
        requests(
          1200,
          (id) => join(headers(id, request("/hold"), END_HEADERS), reset(id)),
        ),
      );
      await peer.expectGoaway("ENHANCE_YOUR_CALM");
      await peer.close();
    },
  },
  {
    name: "PING flood",
    isEncrypted: false,
    async run(target) {
      const peer = await target.connect();
      await peer.flood(repeat(ping(), 12_000));
      await peer.expectGoaway("ENHANCE_YOUR_CALM");
      await peer.close();
    },
  },
  {
    name: "bad bytes and cut connections",
    isEncrypted: true,
    async run(target) {
      for (let count = 0; count < 20; count++) {
        const peer = await target.dial();
        const what = [ascii("\0\0noise"), PREFACE, ascii("GET / HTTP/1.1\r\n")];
        await peer.send(what[count % 3]);
        if (count % 2 === 0) await sleep(2);
        await peer.close();
      }
    },
  },
  {
    name: "streams that are cut",
    isEncrypted: true,
    async run(target) {
      const peer = await target.connect();
      await peer.flood(
        requests(
          200,
          (id) =>
            join(headers(id, request("/hold"), END_HEADERS), data(id, 16_384)),
        ),
      );
      await peer.expectAlive();
      await peer.send(headers(1001, request("/"), END_HEADERS | END_STREAM));
      await peer.close();
      await until(() => target.held.length >= 200);
      for (const conn of target.held.splice(0)) {
        await assert.rejects(within(conn.closed, "end"));
      }
    },
  },
];

for (const secure of [false, true]) {
  test(`ten rounds leave nothing (${secure ? "TLS" : "cleartext"})`, {
    timeout: 60_000,
  }, async (t) => {
    await attack({ secure }, async (target) => {
      for (const { name, run, isEncrypted } of ROUNDS) {
        if (secure && !isEncrypted) continue;
        await t.test(name, async () => {
          for (let round = 0; round < 3; round++) await run(target);
          target.forget();
          await sleep(50);
          const memory = await usedMemory();
          const handles = openHandles();
          for (let round = 0; round < 10; round++) await run(target);
          target.forget();
          let now = openHandles();
          for (let wait = 0; wait < 100 && now !== handles; wait++) {
            await sleep(20);
            now = openHandles();
          }
          assert.equal(now, handles);
          const grown = (await usedMemory()) - memory;
          if (process.env.H2CONN_SHOW_MEMORY) {
            console.log(`# ${name}: ${(grown / MB).toFixed(2)} MB grown`);
          }
          assert(grown < 4 * MB, `${(grown / MB).toFixed(1)} MB more`);
        });
      }
    });
  });
}

test("a Client's Conns end when its server's peers vanish in rounds", {
  timeout: 30_000,
}, async () => {
  await using client = new Client();
  let after: string | undefined;
  for (let round = 0; round < 5; round++) {
    const server = await RawServer.listen(async (peer) => {
      await peer.send(settings());
      await peer.shakeHands();
      await peer.expectHeaders(1);
      await peer.send(headers(1, OK_BLOCK, END_HEADERS), data(1, 5));
      await peer.next((f) => f.type === TYPE.RST_STREAM, "nothing", 500)
        .catch(() => {});
      await peer.close();
    });
    const conn = client.connect(server.url);
    await within(readExactly(conn, 5), "bytes");
    await assert.rejects(within(conn.read(new Uint8Array(1)), "end"));
    await server[Symbol.asyncDispose]();
    await sleep(50);
    after ??= openHandles();
  }
  assert.equal(openHandles(), after);
});
