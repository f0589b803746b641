/**
 * Pushes of a hostile server, and what a hostile client does with ours.
 *
 * @module
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Client,
  type ClientOptions,
  type Conn,
  ProtocolError,
  type Push,
  serve,
} from "../../mod.ts";
import { bytes, readExactly, text, within } from "../support/pair.ts";
import {
  block,
  continuation,
  data,
  END_HEADERS,
  END_STREAM,
  frame,
  headers,
  join,
  OK_BLOCK,
  RawPeer,
  RawServer,
  request,
  reset,
  SETTING,
  settings,
  TYPE,
  uint32,
} from "./raw_peer.ts";

/** A promise of stream `promisedId` on stream 1. */
function promise(
  promisedId: number,
  promised: Uint8Array,
  { parent = 1, flags = END_HEADERS } = {},
): Uint8Array {
  const payload = join(uint32(promisedId), promised);
  return frame(TYPE.PUSH_PROMISE, flags, parent, payload);
}

function promisedGet(
  authority: string,
  extra: readonly (readonly [string, string])[] = [],
  method = "GET",
): Uint8Array {
  return block([
    [":method", method],
    [":scheme", "http"],
    [":authority", authority],
    [":path", "/pushed"],
    ...extra,
  ]);
}

interface Scene {
  readonly peer: RawPeer;
  readonly conn: Conn;
  readonly pushes: Push[];
  /** The authority that pushes may be for. */
  readonly authority: string;
}

/** A Conn to a raw server that has accepted it, and takes pushes. */
async function withRawServer(
  use: (scene: Scene) => Promise<void>,
  options: ClientOptions = {},
): Promise<void> {
  const arrived = Promise.withResolvers<RawPeer>();
  await using server = await RawServer.listen(async (peer) => {
    await peer.send(settings());
    await peer.shakeHands();
    await peer.expectHeaders(1);
    await peer.send(headers(1, OK_BLOCK, END_HEADERS));
    arrived.resolve(peer);
  });
  const pushes: Push[] = [];
  const client = new Client({
    onPush: (push) => void pushes.push(push),
    ...options,
  });
  try {
    const conn = client.connect(server.url);
    const peer = await within(arrived.promise, "request");
    await within(conn.opened, "response");
    await use({
      peer,
      conn,
      pushes,
      authority: `127.0.0.1:${server.port}`,
    });
  } finally {
    await within(client.close({ graceMs: 0 }), "close", 3000);
  }
}

/** That the Conn still carries bytes. */
async function expectEcho({ peer, conn }: Scene): Promise<void> {
  await peer.send(data(1, bytes("still")));
  assert.equal(text(await within(readExactly(conn, 5), "bytes")), "still");
}

test("a push for another authority, method or with content is refused", async () => {
  await withRawServer(async (scene) => {
    const { peer, authority, pushes } = scene;
    const cases = [
      promisedGet("elsewhere.test"),
      promisedGet(`user@${authority}`),
      promisedGet(""),
      promisedGet(authority, [], "POST"),
      promisedGet(authority, [["content-length", "5"]]),
      promisedGet(authority, [["connection", "close"]]),
      block([[":status", "200"]]),
      block([[":method", "GET"], [":scheme", "https"], [
        ":authority",
        authority,
      ], [":path", "/"]]),
    ];
    let id = 2;
    for (const promised of cases) {
      await peer.send(promise(id, promised));
      await peer.expectReset(id, "PROTOCOL_ERROR");
      // What is on its way for it does no harm.
      await peer.send(headers(id, OK_BLOCK, END_HEADERS), data(id, 100));
      id += 2;
    }
    await expectEcho(scene);
    assert.equal(pushes.length, 0);
  });
});

const FATAL: [name: string, send: (authority: string) => Uint8Array][] = [
  ["on an idle stream", (a) => promise(2, promisedGet(a), { parent: 3 })],
  ["on stream 0", (a) => promise(2, promisedGet(a), { parent: 0 })],
  ["of an odd stream", (a) => promise(5, promisedGet(a))],
  ["of stream 0", (a) => promise(0, promisedGet(a))],
  [
    "of the same stream twice",
    (a) => join(promise(2, promisedGet(a)), promise(2, promisedGet(a))),
  ],
  [
    "on a pushed stream",
    (a) =>
      join(
        promise(2, promisedGet(a)),
        headers(2, OK_BLOCK, END_HEADERS),
        promise(4, promisedGet(a), { parent: 2 }),
      ),
  ],
  [
    "after END_STREAM",
    (a) => join(data(1, 0, END_STREAM), promise(2, promisedGet(a))),
  ],
  [
    "interrupted by another frame",
    (a) => join(promise(2, promisedGet(a), { flags: 0 }), data(1, 1)),
  ],
];

for (const [name, send] of FATAL) {
  test(`a promise ${name} ends the session`, async () => {
    await withRawServer(async ({ peer, conn, authority }) => {
      await peer.send(send(authority));
      await peer.expectGoaway("PROTOCOL_ERROR");
      await assert.rejects(within(conn.closed, "end"), ProtocolError);
    });
  });
}

test("a promise that is too short is a frame size error", async () => {
  await withRawServer(async ({ peer }) => {
    await peer.send(
      frame(TYPE.PUSH_PROMISE, END_HEADERS, 1, new Uint8Array(3)),
    );
    await peer.expectGoaway("FRAME_SIZE_ERROR");
  });
});

test("a promise that nobody asked for ends the session", async () => {
  await withRawServer(async ({ peer, conn, authority }) => {
    await peer.send(promise(2, promisedGet(authority)));
    await peer.expectGoaway("PROTOCOL_ERROR");
    await assert.rejects(within(conn.closed, "end"), ProtocolError);
  }, { onPush: undefined });
});

test("a promise in CONTINUATION frames is put together", async () => {
  await withRawServer(async (scene) => {
    const { peer, authority, pushes } = scene;
    const promised = promisedGet(authority, [["x-long", "y".repeat(100)]]);
    await peer.send(
      promise(2, promised.subarray(0, 10), { flags: 0 }),
      continuation(1, promised.subarray(10, 50)),
      continuation(1, promised.subarray(50), END_HEADERS),
      headers(2, OK_BLOCK, END_HEADERS),
      data(2, bytes("pushed"), END_STREAM),
    );
    await expectEcho(scene);
    const [{ request, response }] = pushes;
    assert.equal(request.headers.get("x-long"), "y".repeat(100));
    assert.equal(await (await response).text(), "pushed");
  });
});

test("promises of a Conn that we reset are refused", async () => {
  await withRawServer(async (scene) => {
    const { peer, conn, authority, pushes } = scene;
    conn.abort();
    await peer.expectReset(1, "CANCEL");
    await peer.send(promise(2, promisedGet(authority)));
    await peer.expectReset(2, "REFUSED_STREAM");
    await peer.expectAlive();
    assert.equal(pushes.length, 0);
  });
});

test("promises beyond the limit are refused", async () => {
  await withRawServer(async (scene) => {
    const { peer, authority, pushes } = scene;
    const promised = promisedGet(authority);
    for (let id = 2; id <= 12; id += 2) await peer.send(promise(id, promised));
    for (let id = 8; id <= 12; id += 2) {
      await peer.expectReset(id, "REFUSED_STREAM");
    }
    await expectEcho(scene);
    assert.equal(pushes.length, 3);
    // One that is let go makes room for another.
    pushes[0].cancel();
    await peer.expectReset(2, "CANCEL");
    await peer.send(promise(14, promised));
    await expectEcho(scene);
    assert.equal(pushes.length, 4);
  }, { limits: { maxConcurrentStreams: 3 } });
});

test("a flood of promises ends the session", async () => {
  await withRawServer(async ({ peer, authority }) => {
    const promised = promisedGet(authority);
    const flood: Uint8Array[] = [];
    for (let index = 1; index <= 3000; index++) {
      flood.push(promise(2 * index, promised));
    }
    await peer.flood(join(...flood));
    await peer.expectGoaway("ENHANCE_YOUR_CALM");
  });
});

test("pushed responses without a reader hold their window and no more", async () => {
  await withRawServer(async (scene) => {
    const { peer, authority } = scene;
    for (let id = 2; id <= 20; id += 2) {
      await peer.send(
        promise(id, promisedGet(authority)),
        headers(id, OK_BLOCK, END_HEADERS),
        data(id, 16_384),
        data(id, 16_384),
      );
    }
    await expectEcho(scene);
    await peer.send(data(2, 1));
    await peer.expectReset(2, "FLOW_CONTROL_ERROR");
    await expectEcho(scene);
  });
});

test("a client that sends on pushed streams is told, and served on", async () => {
  await using server = await serve({ port: 0 }, (_request, info) => {
    const body = new ReadableStream();
    assert(info.push("/x", { response: new Response(body) }).pushed);
    return new Response("main");
  });
  await using peer = await RawPeer.connect({ port: server.addr.port });
  await peer.send(headers(1, request("/")));
  await peer.next((f) => f.type === TYPE.PUSH_PROMISE, "promise");
  await peer.expectHeaders(2);
  await peer.send(data(2, 10));
  await peer.expectReset(2, "STREAM_CLOSED");
  await peer.send(headers(3, request("/")));
  await peer.next((f) => f.type === TYPE.PUSH_PROMISE, "promise");
  await peer.send(headers(4, request("/")));
  await peer.expectReset(4, "STREAM_CLOSED");
  await peer.expectAlive();
});

test("a client that resets every push ends its session", async () => {
  let pushed = 0;
  await using server = await serve({ port: 0 }, (request, info) => {
    if (new URL(request.url).pathname === "/x") return new Promise(() => {});
    if (info.push("/x").pushed) pushed++;
    return new Response("main");
  });
  await using peer = await RawPeer.connect({ port: server.addr.port }, [
    SETTING.MAX_CONCURRENT_STREAMS,
    1000,
  ]);
  const flood: Uint8Array[] = [];
  for (let index = 0; index < 1200; index++) {
    flood.push(headers(1 + 2 * index, request("/")));
    flood.push(reset(1 + 2 * index));
  }
  await peer.flood(join(...flood), 4096);
  await peer.expectGoaway("ENHANCE_YOUR_CALM");
  // Handlers that never end hold further pushes off.
  assert(pushed <= 320, `${pushed} handlers of pushes run`);
});
