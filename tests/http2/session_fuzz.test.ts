import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SessionError } from "../../src/http2/session_error.ts";
import { MemoryEnd, MemoryLink, type RecordingHandler } from "./memory_link.ts";

const RUNS = { numRuns: 300 };

const OK = [[":status", "200"]] as const;

test("any bytes end in a fault of ours or in nothing, on both sides", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("client" as const, "server" as const),
      fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }),
      fc.boolean(),
      (role, chunks, withPreface) => {
        const end = new MemoryEnd(role);
        if (role === "client") end.request();
        if (withPreface) {
          const peer = new MemoryEnd(role === "client" ? "server" : "client");
          end.session.receive(peer.output(), 0);
        }
        for (const chunk of chunks) end.session.receive(chunk, 0);
        end.output();
        assert.ok(!end.fault || end.fault instanceof SessionError);
        assert.notEqual(end.fault?.message, "Internal error");
      },
    ),
    RUNS,
  );
});

/** Frames that look right, of any type and stream, with any payload. */
const frame = fc.record({
  type: fc.integer({ min: 0, max: 10 }),
  flags: fc.integer({ min: 0, max: 255 }),
  streamId: fc.integer({ min: 0, max: 9 }),
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(
      // :method POST, :scheme http, :path /, and an authority.
      Uint8Array.of(0x83, 0x86, 0x84, 0x01, 0x01, 0x61),
      Uint8Array.of(0x88),
      Uint8Array.of(0, 0, 0, 0),
      Uint8Array.of(0, 0, 0, 8),
      Uint8Array.of(0, 4, 0, 0, 0, 0),
      new Uint8Array(8),
    ),
  ),
}).map(({ type, flags, streamId, payload }) =>
  Uint8Array.of(
    0,
    payload.length >> 8,
    payload.length,
    type,
    flags,
    0,
    0,
    0,
    streamId,
    ...payload,
  )
);

test("any sequence of frames ends in a fault of ours or in nothing", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("client" as const, "server" as const),
      fc.array(frame, { maxLength: 30 }),
      fc.integer({ min: 1, max: 50 }),
      (role, frames, size) => {
        const link = new MemoryLink();
        link.client.request();
        link.run();
        link.server.requests[0].handler.stream.sendHeaders(OK);
        link.run();
        const end = link[role];
        const all = Uint8Array.from(frames.flatMap((frame) => [...frame]));
        for (let at = 0; at < all.length; at += size) {
          end.session.receive(all.subarray(at, at + size), 0);
        }
        end.output();
        assert.notEqual(end.fault?.message, "Internal error", end.fault?.stack);
        if (end.fault) assert.equal(end.session.openStreams, 0);
      },
    ),
    { numRuns: 1000 },
  );
});

/** What two honest ends may do to their streams, in any order. */
const action = fc.record({
  side: fc.constantFrom("client" as const, "server" as const),
  what: fc.constantFrom(
    "open",
    "send",
    "send",
    "send",
    "end",
    "trailers",
    "reset",
    "pause",
    "resume",
    "run",
  ),
  which: fc.nat(7),
  size: fc.nat(100_000),
});

test("two honest ends agree on every byte and every end", () => {
  fc.assert(
    fc.property(
      fc.array(action, { maxLength: 60 }),
      fc.integer({ min: 1, max: 5000 }),
      (actions, piece) => {
        const link = new MemoryLink();
        const model = new Model(link);
        for (const step of actions) model.act(step);
        model.resumeAll();
        link.run(piece);
        for (let rest = 0; rest < 5; rest++) {
          model.resumeAll();
          link.run(piece);
        }
        assert.equal(link.client.fault, undefined);
        assert.equal(link.server.fault, undefined);
        model.check();
      },
    ),
    { numRuns: 150 },
  );
});

interface Side {
  handler: RecordingHandler;
  sent: number;
  hasEnded: boolean;
}

/** What should have come of the actions. */
class Model {
  readonly #link: MemoryLink;
  readonly #streams: { client: Side; server: Side; isReset: boolean }[] = [];

  constructor(link: MemoryLink) {
    this.#link = link;
  }

  act(
    step: {
      side: "client" | "server";
      what: string;
      which: number;
      size: number;
    },
  ) {
    if (step.what === "run") return this.#link.run();
    if (step.what === "open") return this.#open();
    const stream = this.#streams[step.which];
    if (stream === undefined) return;
    const side = stream[step.side];
    switch (step.what) {
      case "send":
        if (side.hasEnded || stream.isReset) return;
        side.sent += step.size;
        side.handler.send(new Uint8Array(step.size).fill(step.which));
        break;
      case "end":
      case "trailers":
        if (side.hasEnded || stream.isReset) return;
        side.hasEnded = true;
        side.handler.end(step.what === "end" ? undefined : [["x-t", "1"]]);
        break;
      case "reset":
        if (side.handler.stream.isClosed) return;
        stream.isReset = true;
        side.handler.stream.reset(8);
        break;
      case "pause":
        side.handler.reads = false;
        break;
      case "resume":
        resume(side.handler);
    }
  }

  resumeAll(): void {
    for (const { client, server } of this.#streams) {
      resume(client.handler);
      resume(server.handler);
    }
  }

  check(): void {
    for (const { client, server, isReset } of this.#streams) {
      if (isReset) {
        const ends = [client, server].map(({ handler }) =>
          handler.failure?.kind ?? (handler.trailers ? "ended" : "open")
        );
        assert.ok(!ends.includes("open"), ends.join());
        continue;
      }
      assert.equal(server.handler.received, client.sent);
      assert.equal(client.handler.received, server.sent);
      assert.equal(server.handler.trailers !== undefined, client.hasEnded);
      assert.equal(client.handler.trailers !== undefined, server.hasEnded);
    }
  }

  #open(): void {
    if (this.#streams.length === 8) return;
    const near = this.#link.client.request();
    this.#link.run();
    const far = this.#link.server.requests.at(-1)!.handler;
    far.stream.sendHeaders(OK);
    this.#streams.push({
      client: { handler: near, sent: 0, hasEnded: false },
      server: { handler: far, sent: 0, hasEnded: false },
      isReset: false,
    });
  }
}

/** Takes what came while it did not read. */
function resume(handler: RecordingHandler): void {
  handler.reads = true;
  const { stream } = handler;
  if (stream.unconsumed > 0) stream.consume(stream.unconsumed);
}
