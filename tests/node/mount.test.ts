/** HTTP/2 on the sockets of servers that are somebody else's. */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import tls from "node:tls";
import {
  ArgumentError,
  Client,
  handle,
  type Handler,
  NotSupportedError,
} from "../../mod.ts";
import {
  mount,
  type Mounted,
  type MountOptions,
} from "../../src/node/mount.ts";
import { makeCertificates } from "../support/certificates.ts";
import { bytes, pattern, readAll, text, within } from "../support/pair.ts";
import { get, Wire } from "../http1/wire.ts";

const ALPN = ["h2", "http/1.1"];

/** Bun's node:http keeps its sockets to itself. */
const HTTP_HAS_SOCKETS = http.createServer() instanceof net.Server;

/** Echoes over HTTP/2, and tells the path over HTTP/1.1. */
const handler: Handler = (request, info) =>
  info.protocol === "h2"
    ? handle(async (conn) => {
      for await (const chunk of conn) await conn.write(chunk);
    })(request, info)
    : new Response(`ours ${new URL(request.url).pathname}`);

/** The app that was there before: it echoes POST, and tells the path of GET. */
function app(request: http.IncomingMessage, response: http.ServerResponse) {
  if (request.method === "POST") request.pipe(response);
  else response.end(`theirs ${request.url}`);
}

interface Scene {
  server: net.Server;
  at: { addr: { port: number } };
  mounted: Mounted;
  client: Client;
  url: string;
}

/** Mounts on a server, lets it listen, and closes both in the end. */
async function withMounted(
  server: net.Server,
  use: (scene: Scene) => Promise<void>,
  options?: MountOptions,
): Promise<void> {
  const mounted = mount(server, handler, options);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  const { ca } = await makeCertificates();
  const client = new Client({ tls: { ca } });
  const scheme = server instanceof tls.Server ? "https" : "http";
  const url = `${scheme}://localhost:${port}`;
  try {
    await use({ server, at: { addr: { port } }, mounted, client, url });
  } finally {
    await client.close({ graceMs: 0 });
    await within(mounted.close(0), "close", 3000);
    const closed = new Promise((resolve) => server.close(resolve));
    (server as http.Server).closeAllConnections?.();
    await within(closed, "end of the server", 3000);
  }
}

async function echo({ client, url }: Scene, size = 3): Promise<void> {
  const conn = client.connect(url);
  const sent = pattern(size);
  const writing = conn.write(sent).then(() => conn.closeWrite());
  assert.deepEqual(await within(readAll(conn), "echo"), sent);
  await writing;
}

const { cert, key } = await makeCertificates();

/** The servers whose HTTP/1.1 stays with their own app. */
const WITH_APP: [name: string, secure: boolean, make: () => net.Server][] = [
  ["node:http", false, () => http.createServer(app)],
  [
    "node:https",
    true,
    () => https.createServer({ cert, key, ALPNProtocols: ALPN }, app),
  ],
];

for (const [name, secure, make] of WITH_APP) {
  const options = {
    skip: HTTP_HAS_SOCKETS ? false : "Bun's node:http hands out no sockets",
  };

  test(`${name}: HTTP/2 is ours, HTTP/1.1 the app's`, options, async () => {
    await withMounted(make(), async (scene) => {
      await echo(scene);
      using wire = await Wire.open(scene.at, { secure });
      for (let turn = 0; turn < 20; turn++) {
        wire.send(get(`/${turn}`));
        await wire.receive(new RegExp(`^HTTP/1.1 200 [^]*theirs /${turn}`));
      }
      await Promise.all([echo(scene, 2_000_000), echo(scene, 2_000_000)]);
    });
  });

  test(`${name}: large bodies of the app pass whole`, options, async () => {
    await withMounted(make(), async ({ at }) => {
      const { ca } = await makeCertificates();
      const sent = pattern(3_000_000);
      const answer = await within(
        new Promise<Uint8Array>((resolve, reject) => {
          const request = (secure ? https : http).request({
            port: at.addr.port,
            host: "127.0.0.1",
            servername: "localhost",
            ca,
            method: "POST",
            agent: false,
          }, (response) => {
            const chunks: Uint8Array[] = [];
            response.on("data", (chunk) => chunks.push(chunk));
            response.on("end", () => resolve(Buffer.concat(chunks)));
            response.on("error", reject);
          });
          request.on("error", reject);
          request.end(sent);
        }),
        "echo",
      );
      assert.deepEqual(new Uint8Array(answer), sent);
    });
  });

  test(`${name}: its events go on`, options, async () => {
    const server = make();
    const seen: string[] = [];
    const event = secure ? "secureConnection" : "connection";
    server.on(event, () => seen.push("before"));
    server.on("upgrade", (_request, socket: net.Socket) => {
      seen.push("upgrade");
      socket.end("HTTP/1.1 101 Switching Protocols\r\n\r\nswitched");
    });
    await withMounted(server, async (scene) => {
      server.on(event, () => seen.push("after"));
      await echo(scene);
      assert.deepEqual(seen.splice(0), ["before", "after"]);
      using wire = await Wire.open(scene.at, { secure });
      wire.send(get("/", "Connection: Upgrade", "Upgrade: mine"));
      await wire.receive(/switched/);
      assert.deepEqual(seen, ["before", "after", "upgrade"]);
    });
  });

  test(`${name}: its timeouts go on`, options, async () => {
    const server = make() as http.Server;
    server.keepAliveTimeout = 100;
    await withMounted(server, async (scene) => {
      using wire = await Wire.open(scene.at, { secure });
      wire.send(get("/last"));
      await wire.receive(/theirs \/last/);
      await wire.closed();
    });
  });

  test(`${name}: close() gives the sockets back`, options, async () => {
    const server = make();
    await withMounted(server, async (scene) => {
      const conn = scene.client.connect(scene.url);
      await conn.write(bytes("x"));
      await within(conn.opened, "headers");
      const closed = scene.mounted.close(60_000);
      assert.equal(scene.mounted.close(), closed);
      await conn.closeWrite();
      assert.equal(text(await readAll(conn)), "x");
      await within(closed, "close", 3000);
      using wire = await Wire.open(scene.at, { secure });
      wire.send(get("/still"));
      await wire.receive(/theirs \/still/);
      const event = secure ? "secureConnection" : "connection";
      assert.equal(
        server.listeners(event)[0].name,
        make().listeners(event)[0].name,
      );
      // And it can be mounted again.
      const again = mount(server, handler);
      await echo(scene);
      await again.close(0);
    });
  });

  test(`${name}: nothing is mounted twice`, options, async () => {
    const server = make();
    const mounted = mount(server, handler);
    assert.throws(() => mount(server, handler), ArgumentError);
    await mounted.close();
  });
}

test("node:http: the preface may come in bytes, as may a request", {
  skip: HTTP_HAS_SOCKETS ? false : "Bun's node:http hands out no sockets",
}, async () => {
  await withMounted(http.createServer(app), async ({ at }) => {
    using wire = await Wire.open(at);
    for (const byte of get("/slow")) {
      wire.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await wire.receive(/theirs \/slow/);
    using raw = await Wire.open(at);
    for (const byte of "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") {
      raw.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const SETTINGS = 4;
    const frame = await raw.receive(/^[^]{9}/);
    assert.equal(frame.charCodeAt(3), SETTINGS);
    using nearly = await Wire.open(at);
    nearly.send("PRI * HTTP/2.0\r\n\r\nXX");
    await nearly.receive(/^HTTP\/1.1 400 /);
  });
});

test("node:http: who is silent is the app's in the end", {
  skip: HTTP_HAS_SOCKETS ? false : "Bun's node:http hands out no sockets",
}, async () => {
  await withMounted(http.createServer(app), async ({ at }) => {
    using wire = await Wire.open(at);
    using started = await Wire.open(at);
    started.send("P");
    await new Promise((resolve) => setTimeout(resolve, 300));
    wire.send(get("/late"));
    await wire.receive(/theirs \/late/);
    started.send("OST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok");
    await started.receive(/\r\n\r\n[^]*ok/);
  }, { timeouts: { connectTimeout: 50 } });
});

test("node:http: who leaves before it is known leaves nothing", {
  skip: HTTP_HAS_SOCKETS ? false : "Bun's node:http hands out no sockets",
}, async () => {
  await withMounted(http.createServer(app), async (scene) => {
    for (const start of ["", "PRI", "PRI * HTTP/2.0\r\n\r\n"]) {
      for (const how of ["end", "resetAndDestroy"] as const) {
        using wire = await Wire.open(scene.at);
        wire.send(start);
        wire.socket[how]();
        await wire.closed();
      }
    }
    // Undecided while it closes: it is the app's.
    using wire = await Wire.open(scene.at);
    wire.send("G");
    await echo(scene);
    await within(scene.mounted.close(0), "close");
    wire.send("ET / HTTP/1.1\r\nHost: h\r\n\r\n");
    await wire.receive(/theirs/);
  });
});

test("Bun's node:http is refused with a reason", {
  skip: HTTP_HAS_SOCKETS ? "Only Bun's node:http hands out no sockets" : false,
}, () => {
  for (const [, , make] of WITH_APP) {
    assert.throws(() => mount(make(), handler), NotSupportedError);
  }
});

const ALL_OURS: [name: string, secure: boolean, make: () => net.Server][] = [
  ["node:net", false, () => net.createServer()],
  [
    "node:net that pauses",
    false,
    () => net.createServer({ pauseOnConnect: true }),
  ],
  [
    "node:tls",
    true,
    () => tls.createServer({ cert, key, ALPNProtocols: ALPN }),
  ],
];

for (const [name, secure, make] of ALL_OURS) {
  test(`${name}: both versions are ours`, async () => {
    await withMounted(make(), async (scene) => {
      await echo(scene, 2_000_000);
      using wire = await Wire.open(scene.at, { secure });
      for (let turn = 0; turn < 5; turn++) {
        wire.send(get(`/${turn}`));
        await wire.receive(new RegExp(`^HTTP/1.1 200 [^]*ours /${turn}`));
      }
      await within(scene.mounted.close(60_000), "close", 3000);
      await wire.closed();
    });
  });

  test(`${name}: allowHttp1: false refuses`, async () => {
    await withMounted(make(), async (scene) => {
      await echo(scene);
      using wire = await Wire.open(scene.at, { secure });
      wire.send(get());
      await wire.receive(/^HTTP\/1.1 505 /);
      await wire.closed();
    }, { allowHttp1: false });
  });
}

test("a server is mounted on once, until that is closed", async () => {
  for (const server of [net.createServer(), http.createServer()]) {
    if (!(server instanceof net.Server)) continue;
    for (let round = 0; round < 2; round++) {
      await using _mounted = mount(server, handler);
      assert.throws(() => mount(server, handler), ArgumentError);
    }
  }
});

test("a socket without addresses is of localhost", {
  skip: process.platform === "win32" && "it has no Unix sockets",
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "h2conn-"));
  const path = join(folder, "socket");
  const server = net.createServer();
  await using _mounted = mount(server, ({ url }) => new Response(url));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  try {
    using wire = new Wire(net.connect(path));
    wire.send("GET /p/q HTTP/1.0\r\n\r\n");
    await wire.receive(/\r\n\r\nhttp:\/\/localhost\/p\/q$/);
  } finally {
    server.close();
    await rm(folder, { recursive: true });
  }
});

test("mount() refuses bad input at the call", () => {
  const server = net.createServer();
  const bad: (() => unknown)[] = [
    () => mount(server, undefined as unknown as Handler),
    () => mount({} as net.Server, handler),
    () => mount(undefined as unknown as net.Server, handler),
    () => mount(server, handler, { limits: { maxResets: -1 } }),
    () => mount(http2.createServer() as unknown as net.Server, handler),
    () => mount(tls.createServer({ cert, key }), handler),
    () => mount(server, handler).close(NaN),
  ];
  if (HTTP_HAS_SOCKETS) {
    bad.push(() => mount(https.createServer({ cert, key }), handler));
  }
  for (const [index, call] of bad.entries()) {
    assert.throws(call, ArgumentError, `case ${index}`);
  }
});
