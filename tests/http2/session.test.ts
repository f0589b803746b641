import assert from "node:assert/strict";
import { test } from "node:test";
import { ERROR_CODE } from "../../src/http2/error_code.ts";
import { MemoryLink } from "./memory_link.ts";

const OK = [[":status", "200"]] as const;

/** Opens a stream and answers it; gives both ends. */
function open(link: MemoryLink) {
  const near = link.client.request();
  link.run();
  const far = link.server.requests.at(-1)!.handler;
  far.stream.sendHeaders(OK);
  link.run();
  return { near, far };
}

test("both sides exchange SETTINGS and acknowledge them", () => {
  const link = new MemoryLink();
  for (const end of [link.client, link.server]) {
    assert.equal(end.settings, 1);
    assert.equal(end.settingsAcks, 1);
    assert.equal(end.fault, undefined);
  }
  assert.equal(link.client.session.peerSettings.maxConcurrentStreams, 256);
  assert.equal(link.client.session.peerSettings.initialWindowSize, 32 * 1024);
  assert.equal(link.server.session.peerSettings.enablePush, false);
});

test("a session works whatever the pieces its bytes come in", () => {
  for (const size of [1, 2, 3, 7, 9, 10, 100, 16_393]) {
    const link = new MemoryLink();
    const near = link.client.request([["x-size", String(size)]]);
    near.send(new Uint8Array(20_000).fill(size));
    near.end([["x-sum", "1"]]);
    link.run(size);
    const { head, handler } = link.server.requests[0];
    assert.deepEqual(head.fields, [["x-size", String(size)]]);
    assert.equal(handler.received, 20_000);
    assert.deepEqual(handler.trailers, [["x-sum", "1"]]);
    assert.equal(link.server.fault, undefined);
  }
});

test("small pieces of one turn leave in one DATA frame", () => {
  const link = new MemoryLink();
  const { near } = open(link);
  for (let turn = 0; turn < 100; turn++) near.send(Uint8Array.of(turn));
  near.end();
  const sent = link.client.output();
  assert.equal(sent.length, 9 + 100);
  assert.deepEqual([...sent.subarray(0, 9)], [0, 0, 100, 0, 1, 0, 0, 0, 1]);
});

test("streams take turns, a frame each", () => {
  const link = new MemoryLink({
    server: {
      windows: {
        initialStreamWindow: 1_000_000,
        maxStreamWindow: 1_000_000,
        growth: 0,
      },
    },
  });
  const streams = [open(link), open(link), open(link)];
  for (const { near } of streams) near.send(new Uint8Array(100_000));
  const sent = link.client.output();
  const order: number[] = [];
  for (let at = 0; at < sent.length;) {
    order.push(sent[at + 8]);
    at += 9 + (sent[at] << 16 | sent[at + 1] << 8 | sent[at + 2]);
  }
  // The first was alone when it filled the output; then the others share.
  const shared = order.slice(order.indexOf(5));
  assert.deepEqual(shared.slice(0, 4), [5, 3, 5, 3]);
});

test("a reader that takes nothing gets no more than its window", () => {
  const link = new MemoryLink();
  const { near, far } = open(link);
  far.reads = false;
  near.send(new Uint8Array(1_000_000));
  link.run();
  assert.equal(far.received, 32 * 1024);
  far.stream.consume(far.received);
  far.reads = true;
  link.run();
  assert.equal(far.received, 1_000_000);
});

test("a window grows while its reader keeps up, and is given back", () => {
  const link = new MemoryLink();
  for (let round = 0; round < 5; round++) {
    const { near, far } = open(link);
    near.send(new Uint8Array(4_000_000));
    link.run();
    assert.equal(far.received, 4_000_000);
    assert.ok(far.stream.receiveWindow.size > 1024 * 1024);
    near.end();
    far.end();
    link.run();
    assert.equal(link.server.session.openStreams, 0);
  }
});

test("stalled streams leave the session's window to the others", () => {
  const link = new MemoryLink();
  for (let index = 0; index < 200; index++) {
    const { near, far } = open(link);
    far.reads = false;
    near.send(new Uint8Array(100_000));
  }
  link.run();
  const { near, far } = open(link);
  near.send(new Uint8Array(3_000_000));
  link.run();
  assert.equal(far.received, 3_000_000);
});

test("an end needs no window", () => {
  const link = new MemoryLink();
  const { near, far } = open(link);
  far.reads = false;
  near.send(new Uint8Array(32 * 1024));
  near.end();
  link.run();
  assert.deepEqual(far.trailers, []);
});

test("a reset reaches the peer, and late frames for it are ignored", () => {
  const link = new MemoryLink();
  const { near, far } = open(link);
  near.send(new Uint8Array(1000));
  const inFlight = link.client.output();
  far.stream.reset(ERROR_CODE.CANCEL);
  link.server.session.receive(inFlight, 0);
  link.run();
  assert.deepEqual(near.failure, {
    kind: "reset",
    code: ERROR_CODE.CANCEL,
    remote: true,
  });
  assert.equal(link.server.fault, undefined);
  assert.equal(link.client.fault, undefined);
  assert.equal(link.client.session.openStreams, 0);
});

test("GOAWAY drops streams that the server has not seen", () => {
  const link = new MemoryLink();
  const { near } = open(link);
  link.server.session.goaway();
  const late = link.client.request();
  link.run();
  assert.equal(late.failure?.kind, "goaway");
  assert.equal(near.failure, undefined);
  assert.equal(link.client.session.freeStreams, 0);
  assert.deepEqual(link.client.goaways, [0]);
});

test("a PING is answered with its own payload", () => {
  const link = new MemoryLink();
  link.client.session.ping(12345);
  link.server.session.ping(4294967295);
  link.run();
  assert.deepEqual(link.client.pings, [12345]);
  assert.deepEqual(link.server.pings, [4294967295]);
});

test("end() fails every stream with its error, once", () => {
  const link = new MemoryLink();
  const { near } = open(link);
  const error = new Error("gone");
  link.client.session.end(error);
  link.client.session.end(new Error("again"));
  assert.deepEqual(near.failure, { kind: "session", error });
  assert.equal(link.client.session.openStreams, 0);
  link.client.session.receive(Uint8Array.of(1, 2, 3), 0);
});
