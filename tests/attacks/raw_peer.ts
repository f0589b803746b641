/**
 * The attacker: a socket, HTTP/2 frames written as one likes, and a parser for
 * those that come back. It shares no code with what it attacks.
 *
 * @module
 */

import assert from "node:assert/strict";
import net from "node:net";
import tls from "node:tls";

/** One frame off the wire. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Uint8Array;
}

export const TYPE = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;

export const END_STREAM = 0x1;
export const ACK = 0x1;
export const END_HEADERS = 0x4;
export const PADDED = 0x8;
export const PRIORITY = 0x20;

const CODES = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
] as const;

export type Code = typeof CODES[number];

export const PREFACE: Uint8Array = ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** How long anything may take before a test fails, in milliseconds. */
const PATIENCE = 8000;

/** Text as bytes, a char each. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

export function join(...parts: Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The same bytes, many times over. */
export function repeat(bytes: Uint8Array, times: number): Uint8Array {
  const all = new Uint8Array(bytes.length * times);
  for (let at = 0; at < all.length; at += bytes.length) all.set(bytes, at);
  return all;
}

export function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

export function frame(
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const { length } = payload;
  const header = Uint8Array.of(
    length >>> 16,
    length >>> 8,
    length,
    type,
    flags,
  );
  return join(header, uint32(streamId), payload);
}

export function data(
  streamId: number,
  payload: Uint8Array | number = 0,
  flags = 0,
): Uint8Array {
  const bytes = typeof payload === "number" ? new Uint8Array(payload) : payload;
  return frame(TYPE.DATA, flags, streamId, bytes);
}

export function headers(
  streamId: number,
  block: Uint8Array,
  flags: number = END_HEADERS | END_STREAM,
): Uint8Array {
  return frame(TYPE.HEADERS, flags, streamId, block);
}

/** A block of any length, in HEADERS and CONTINUATION frames. */
export function longHeaders(
  streamId: number,
  block: Uint8Array,
  flags: number = END_STREAM,
  size = 16_384,
): Uint8Array {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < block.length; at += size) {
    const end = Math.min(at + size, block.length);
    frames.push(
      frame(
        at === 0 ? TYPE.HEADERS : TYPE.CONTINUATION,
        (at === 0 ? flags : 0) | (end === block.length ? END_HEADERS : 0),
        streamId,
        block.subarray(at, end),
      ),
    );
  }
  return join(...frames);
}

export function continuation(
  streamId: number,
  block: Uint8Array = new Uint8Array(0),
  flags = 0,
): Uint8Array {
  return frame(TYPE.CONTINUATION, flags, streamId, block);
}

export function settings(...entries: [id: number, value: number][]) {
  const payload = entries.map(([id, value]) =>
    join(Uint8Array.of(id >>> 8, id), uint32(value))
  );
  return frame(TYPE.SETTINGS, 0, 0, join(...payload));
}

export const SETTINGS_ACK: Uint8Array = frame(TYPE.SETTINGS, ACK, 0);

export function ping(
  flags = 0,
  payload: Uint8Array = new Uint8Array(8),
): Uint8Array {
  return frame(TYPE.PING, flags, 0, payload);
}

export function goaway(lastId: number, code: Code = "NO_ERROR"): Uint8Array {
  const payload = join(uint32(lastId), uint32(CODES.indexOf(code)));
  return frame(TYPE.GOAWAY, 0, 0, payload);
}

export function windowUpdate(streamId: number, credit: number): Uint8Array {
  return frame(TYPE.WINDOW_UPDATE, 0, streamId, uint32(credit));
}

export function reset(streamId: number, code: Code = "CANCEL"): Uint8Array {
  return frame(TYPE.RST_STREAM, 0, streamId, uint32(CODES.indexOf(code)));
}

export function priority(streamId: number, length = 5): Uint8Array {
  return frame(TYPE.PRIORITY, 0, streamId, new Uint8Array(length));
}

/** Any settings of the HPACK tables of the other side: 0 clears them. */
export const SETTING = {
  HEADER_TABLE_SIZE: 1,
  ENABLE_PUSH: 2,
  MAX_CONCURRENT_STREAMS: 3,
  INITIAL_WINDOW_SIZE: 4,
  MAX_FRAME_SIZE: 5,
  MAX_HEADER_LIST_SIZE: 6,
} as const;

/** An HPACK integer (RFC 7541 section 5.1). */
export function integer(value: number, bits: number, pattern = 0) {
  const full = (1 << bits) - 1;
  if (value < full) return Uint8Array.of(pattern | value);
  const octets = [pattern | full];
  for (value -= full; value >= 0x80; value >>>= 7) {
    octets.push(0x80 | (value & 0x7f));
  }
  octets.push(value);
  return Uint8Array.from(octets);
}

function literal(text: string): Uint8Array {
  return join(integer(text.length, 7), ascii(text));
}

/** A literal field that no table keeps, or with `indexed` that it does. */
export function field(name: string, value: string, indexed = false) {
  return join(
    Uint8Array.of(indexed ? 0x40 : 0),
    literal(name),
    literal(value),
  );
}

export function block(fields: readonly (readonly [string, string])[]) {
  return join(...fields.map(([name, value]) => field(name, value)));
}

/** The header block of a request; `extra` follows the pseudo-headers. */
export function request(
  path = "/",
  extra: readonly (readonly [string, string])[] = [],
  method = "POST",
): Uint8Array {
  return block([
    [":method", method],
    [":scheme", "http"],
    [":authority", "localhost"],
    [":path", path],
    ...extra,
  ]);
}

/** `:status: 200`, from the static table. */
export const OK_BLOCK: Uint8Array = Uint8Array.of(0x88);

/** What {@linkcode RawPeer.connect} connects to, and how. */
export interface RawOptions {
  port: number;
  /** The CA to trust; without it the connection is cleartext. */
  ca?: string;
  alpn?: string[];
}

/** One end of a connection that says and hears bytes. */
export class RawPeer implements AsyncDisposable {
  readonly socket: net.Socket;
  /** Frames that came and that no one asked for yet. */
  frames: Frame[] = [];
  /** Bytes that came, all in all. */
  received = 0;
  /** The first bytes that came, for what is not HTTP/2. */
  start = "";
  hasEnded = false;
  isClosed = false;
  #rest: Uint8Array = new Uint8Array(0);
  #prefaceLeft: number;
  #wake: (() => void)[] = [];

  constructor(socket: net.Socket, role: "client" | "server" = "client") {
    this.socket = socket;
    this.#prefaceLeft = role === "server" ? PREFACE.length : 0;
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("data", (chunk: Uint8Array) => this.#onData(chunk));
    socket.on("end", () => {
      this.hasEnded = true;
      this.#notify();
    });
    socket.on("close", () => {
      this.isClosed = true;
      this.#notify();
    });
  }

  /** Connects, and says nothing. */
  static async dial(options: RawOptions): Promise<RawPeer> {
    const { port, ca, alpn } = options;
    const at = { port, host: "127.0.0.1" };
    const socket = ca === undefined ? net.connect(at) : tls.connect({
      ...at,
      ca,
      servername: "localhost",
      ALPNProtocols: alpn ?? ["h2"],
    });
    socket.on("error", () => {});
    await new Promise<void>((resolve, reject) => {
      socket.once(ca === undefined ? "connect" : "secureConnect", resolve);
      socket.once("close", () => reject(new Error("Could not connect")));
    });
    return new RawPeer(socket);
  }

  /** Connects, and exchanges prefaces and SETTINGS as a good client does. */
  static async connect(
    options: RawOptions,
    ...entries: [id: number, value: number][]
  ): Promise<RawPeer> {
    const peer = await RawPeer.dial(options);
    await peer.send(PREFACE, settings(...entries));
    await peer.shakeHands();
    return peer;
  }

  /** Waits for the other side's SETTINGS and acknowledges them. */
  async shakeHands(): Promise<void> {
    await this.next((f) => f.type === TYPE.SETTINGS && !(f.flags & ACK));
    await this.send(SETTINGS_ACK);
    await this.next((f) => f.type === TYPE.SETTINGS && (f.flags & ACK) !== 0);
  }

  /** Writes bytes; resolves when the kernel has them, or the socket is gone. */
  send(...parts: Uint8Array[]): Promise<void> {
    if (this.isClosed || this.socket.destroyed) return Promise.resolve();
    const bytes = join(...parts);
    return new Promise((resolve) => {
      const { socket } = this;
      const done = () => {
        socket.off("close", done);
        resolve();
      };
      socket.once("close", done);
      socket.write(bytes, done);
    });
  }

  /** Writes bytes in pieces until all are out or the socket is gone. */
  async flood(bytes: Uint8Array, chunk = 64 * 1024): Promise<void> {
    for (let at = 0; at < bytes.length && !this.isClosed; at += chunk) {
      await this.send(bytes.subarray(at, at + chunk));
      // The other side runs in this process: give it a turn.
      await tick();
    }
  }

  /** Reads no more, so that the other side's bytes pile up. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Takes the first frame that matches. */
  async next(
    matches: (frame: Frame) => boolean,
    what = "such frame",
    ms = PATIENCE,
  ): Promise<Frame> {
    let found: Frame | undefined;
    await this.until(
      () => {
        const at = this.frames.findIndex(matches);
        if (at >= 0) [found] = this.frames.splice(at, 1);
        return found !== undefined || this.isClosed;
      },
      what,
      ms,
    );
    assert(found, `The connection was closed without ${what}: ${this}`);
    return found;
  }

  /** GOAWAY of this code, and the end of the connection. */
  async expectGoaway(code: Code, ms = PATIENCE): Promise<void> {
    const isGoaway = (f: Frame) => f.type === TYPE.GOAWAY;
    const { payload } = await this.next(isGoaway, `GOAWAY ${code}`, ms);
    const debug = String.fromCharCode(...payload.subarray(8));
    assert.equal(codeAt(payload, 4), code, debug);
    await this.expectEnd(ms);
  }

  /** RST_STREAM of this code. */
  async expectReset(streamId: number, code: Code): Promise<void> {
    const { payload } = await this.next(
      (f) => f.type === TYPE.GOAWAY || isOf(f, TYPE.RST_STREAM, streamId),
      `RST_STREAM ${streamId} ${code}`,
    );
    assert.equal(payload.length, 4, `GOAWAY, not RST_STREAM: ${show(payload)}`);
    assert.equal(codeAt(payload, 0), code);
  }

  /** The end of the connection, with or without a word. */
  async expectEnd(ms = PATIENCE): Promise<void> {
    await this.until(() => this.hasEnded || this.isClosed, "end", ms);
  }

  /** That the session is alive: a PING is answered. */
  async expectAlive(): Promise<void> {
    const payload = crypto.getRandomValues(new Uint8Array(8));
    await this.send(ping(0, payload));
    const answer = await this.next(
      (f) =>
        f.type === TYPE.GOAWAY ||
        (f.type === TYPE.PING && show(f.payload) === show(payload)),
      "PING ACK",
    );
    assert.equal(answer.type, TYPE.PING, `GOAWAY: ${show(answer.payload)}`);
    assert.equal(answer.flags & ACK, ACK);
  }

  /** HEADERS of a stream. */
  expectHeaders(streamId: number): Promise<Frame> {
    return this.next(
      (f) => isOf(f, TYPE.HEADERS, streamId),
      `HEADERS of stream ${streamId}`,
    );
  }

  /** Waits until the condition holds. */
  async until(condition: () => boolean, what: string, ms = PATIENCE) {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#notify();
    }, ms);
    try {
      while (!condition()) {
        assert(!late, `No ${what} within ${ms} ms: ${this}`);
        await new Promise<void>((resolve) => this.#wake.push(resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the connection and waits until it is gone. */
  async close(): Promise<void> {
    this.socket.destroy();
    await this.until(() => this.isClosed, "close");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  toString(): string {
    const last = this.frames.slice(-8).map((f) =>
      `${f.type}/${f.flags}/${f.streamId}/${show(f.payload.subarray(0, 8))}`
    );
    return `${this.received} bytes came, last frames [${last.join(", ")}]`;
  }

  #onData(chunk: Uint8Array): void {
    this.received += chunk.length;
    if (this.start.length < 1024) {
      this.start += String.fromCharCode(...chunk.subarray(0, 1024));
    }
    const skip = Math.min(this.#prefaceLeft, chunk.length);
    this.#prefaceLeft -= skip;
    const bytes = join(this.#rest, chunk.subarray(skip));
    let at = 0;
    while (bytes.length - at >= 9) {
      const length = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
      const end = at + 9 + length;
      if (end > bytes.length) break;
      this.#onFrame({
        type: bytes[at + 3],
        flags: bytes[at + 4],
        streamId: readUint32(bytes, at + 5) & 0x7fff_ffff,
        payload: bytes.slice(at + 9, end),
      });
      at = end;
    }
    this.#rest = bytes.slice(at);
    this.#notify();
  }

  #onFrame(frame: Frame): void {
    // DATA is counted and not kept.
    if (frame.type === TYPE.DATA && frame.payload.length > 0) {
      frame = { ...frame, payload: frame.payload.slice(0, 16) };
      if (this.frames.length > 1000) return;
    }
    this.frames.push(frame);
  }

  #notify(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

/** A server on loopback that hands out raw peers. */
export class RawServer implements AsyncDisposable {
  readonly port: number;
  readonly #server: net.Server;
  readonly #peers: RawPeer[];
  readonly #work: Promise<void>[];

  private constructor(
    server: net.Server,
    peers: RawPeer[],
    work: Promise<void>[],
  ) {
    this.#server = server;
    this.#peers = peers;
    this.#work = work;
    this.port = (server.address() as net.AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get peers(): readonly RawPeer[] {
    return this.#peers;
  }

  /** Listens; `onPeer` is called with each client, and may fail if it leaves. */
  static async listen(
    onPeer: (peer: RawPeer) => void | Promise<void>,
  ): Promise<RawServer> {
    const peers: RawPeer[] = [];
    const work: Promise<void>[] = [];
    const server = net.createServer((socket) => {
      const peer = new RawPeer(socket, "server");
      peers.push(peer);
      work.push(Promise.resolve(onPeer(peer)).catch(() => {}));
    });
    await new Promise<void>((resolve) =>
      server.listen(0, "127.0.0.1", resolve)
    );
    return new RawServer(server, peers, work);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    await Promise.all(this.#peers.map((peer) => peer.close()));
    await Promise.all(this.#work);
    await closed;
  }
}

export function isOf(frame: Frame, type: number, streamId: number): boolean {
  return frame.type === type && frame.streamId === streamId;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function tick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) |
    bytes[at + 3]) >>> 0;
}

function codeAt(payload: Uint8Array, at: number): string {
  const code = readUint32(payload, at);
  return CODES[code] ?? String(code);
}

function show(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
