import { FRAME, MAX_UINT31, writeUint32 } from "./frame.ts";
import type { HeaderField } from "./hpack/header_field.ts";
import { HpackEncoder } from "./hpack/encoder.ts";
import { Output } from "./output.ts";
import { RateGuard } from "./rate_guard.ts";
import { ReceiveWindow, WindowPool } from "./receive_window.ts";
import { SendScheduler } from "./send_scheduler.ts";
import type {
  SessionFeatures,
  SessionHandler,
  SessionLimits,
} from "./session.ts";
import { INITIAL_SETTINGS, type Settings } from "./settings.ts";
import { Stream, type StreamFailure, type StreamSession } from "./stream.ts";
import { type Role, StreamTable } from "./stream_table.ts";

/**
 * The state of a session that its sending and receiving halves share: the
 * streams, the windows and the output.
 */
export class SessionCore implements StreamSession {
  readonly role: Role;
  readonly limits: SessionLimits;
  readonly features: SessionFeatures;
  readonly handler: SessionHandler;
  readonly output: Output = new Output();
  readonly encoder: HpackEncoder = new HpackEncoder();
  readonly guard: RateGuard;
  readonly table: StreamTable;
  readonly scheduler: SendScheduler;
  readonly pool: WindowPool;
  readonly peer: Settings = { ...INITIAL_SETTINGS };
  /** The session's window for receiving (RFC 9113 section 6.9.1). */
  readonly window: ReceiveWindow;
  /** What the peer may believe of our SETTINGS_INITIAL_WINDOW_SIZE. */
  knownStreamWindow: number = INITIAL_SETTINGS.initialWindowSize;
  hasPeerSettings = false;
  /** Set by the peer's GOAWAY: no new stream of ours. */
  isDraining = false;
  /** Set when our last GOAWAY is out: no new stream of the peer's. */
  refusesStreams = false;
  hasEnded = false;
  /** When the peer was last heard, in milliseconds of a steady clock. */
  now = 0;
  #roomForStreams: number;

  constructor(
    role: Role,
    options: SessionLimits & SessionFeatures,
    handler: SessionHandler,
  ) {
    this.role = role;
    this.limits = options;
    this.features = options;
    this.handler = handler;
    this.#roomForStreams = options.maxConcurrentStreams;
    this.guard = new RateGuard(options.rates);
    this.table = new StreamTable(role);
    this.pool = new WindowPool(options.windows);
    this.window = new ReceiveWindow(sessionWindow(options), 65_535);
    this.scheduler = new SendScheduler(this.output, {
      sendEnd: (stream) => this.#sendEnd(stream),
      onDataFrame: () => this.guard.dataFrame(),
    });
  }

  /** Opens a stream, of ours or of the peer's, in the table. */
  openStream(id: number, headerSize = 0): Stream {
    const stream = new Stream(
      this,
      id,
      this.peer.initialWindowSize,
      new ReceiveWindow(
        this.limits.windows.initialStreamWindow,
        this.knownStreamWindow,
        this.now,
      ),
    );
    stream.headerSize = headerSize;
    this.table.add(stream);
    // More streams than the session's window was made for: make room, so that
    // stalled ones cannot stop the others.
    if (this.role === "client" && this.table.size > this.#roomForStreams) {
      this.#roomForStreams++;
      const { initialStreamWindow } = this.limits.windows;
      if (this.window.size + initialStreamWindow <= MAX_UINT31) {
        this.window.grow(initialStreamWindow);
        this.writeWindowUpdate(0, this.window.flush());
      }
    }
    return stream;
  }

  sendHeaders(
    stream: Stream,
    fields: readonly HeaderField[],
    endStream: boolean,
  ): void {
    if (stream.localEnded) return;
    const block = this.encoder.encode(fields);
    this.output.headers(stream.id, block, endStream);
    if (endStream) stream.localEnded = true;
    this.handler.onOutput();
    if (endStream && stream.remoteEnded) this.closeStream(stream, false);
  }

  /** Promises a stream on one of the peer's (section 8.4.1). */
  promise(parent: Stream, fields: readonly HeaderField[]): Stream {
    const stream = this.openStream(this.table.takeLocalId());
    stream.remoteEnded = true;
    this.output.pushPromise(parent.id, stream.id, this.encoder.encode(fields));
    this.handler.onOutput();
    return stream;
  }

  schedule(stream: Stream): void {
    this.scheduler.schedule(stream);
    this.handler.onOutput();
  }

  resetStream(stream: Stream, code: number, message?: string): void {
    this.writeReset(stream.id, code);
    this.failStream(stream, { kind: "reset", code, remote: false, message });
  }

  /** Ends the stream here; a handler hears of it if it still waits. */
  failStream(stream: Stream, failure: StreamFailure): void {
    const resetHere = failure.kind === "reset" && !failure.remote;
    this.closeStream(stream, resetHere);
    stream.handler?.onFailure(failure);
  }

  closeStream(stream: Stream, resetHere: boolean): void {
    stream.isClosed = true;
    this.table.close(stream, resetHere);
    this.scheduler.forget(stream);
    // What is unread can still be read, but a reader that never does must not
    // cost the other streams their window.
    this.#creditSession(stream.unconsumed);
    if (stream.unconsumed === 0) this.#giveBackGrowth(stream);
    stream.handler?.onClosed?.();
    this.handler.onStreamClosed?.(stream);
  }

  /** The peer has ended its side. */
  endRemote(stream: Stream, trailers: readonly HeaderField[]): void {
    stream.remoteEnded = true;
    if (stream.localEnded) this.closeStream(stream, false);
    stream.handler?.onEnd(trailers);
  }

  consume(stream: Stream, bytes: number): void {
    stream.unconsumed -= bytes;
    if (stream.isClosed) {
      if (stream.unconsumed === 0) this.#giveBackGrowth(stream);
      return;
    }
    this.#creditSession(bytes);
    if (stream.remoteEnded) return;
    const window = stream.receiveWindow;
    const { maxStreamWindow } = this.pool.limits;
    const wanted = window.wantedGrowth(bytes, this.now, maxStreamWindow);
    if (wanted > 0) {
      const growth = this.pool.take(wanted);
      stream.grownBy += growth;
      window.grow(growth);
    }
    const credit = window.consume(bytes);
    if (credit > 0) this.writeWindowUpdate(stream.id, credit);
  }

  /** Gives the session credit for bytes that no stream took. */
  discard(bytes: number): void {
    this.#creditSession(bytes);
  }

  writeReset(streamId: number, code: number): void {
    const { slab, at } = this.output.frame(FRAME.RST_STREAM, 0, streamId, 4);
    writeUint32(slab, at, code);
    this.handler.onOutput();
  }

  writeWindowUpdate(streamId: number, credit: number): void {
    const { slab, at } = this.output.frame(FRAME.WINDOW_UPDATE, 0, streamId, 4);
    writeUint32(slab, at, credit);
    this.handler.onOutput();
  }

  writeGoaway(lastStreamId: number, code: number, debug: string): void {
    const payload = new Uint8Array(8 + Math.min(debug.length, MAX_DEBUG));
    writeUint32(payload, 0, lastStreamId);
    writeUint32(payload, 4, code);
    for (let at = 8; at < payload.length; at++) {
      payload[at] = debug.charCodeAt(at - 8) & 0x7f;
    }
    this.output.payloadFrame(FRAME.GOAWAY, 0, 0, payload);
    this.handler.onOutput();
  }

  /** Ends the session; every stream fails with it. */
  end(error: unknown): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    for (const stream of this.table.all()) {
      this.failStream(stream, { kind: "session", error });
    }
  }

  #sendEnd(stream: Stream): void {
    if (stream.trailers === undefined) {
      this.output.endStream(stream.id);
      stream.localEnded = true;
      this.handler.onOutput();
      if (stream.remoteEnded) this.closeStream(stream, false);
    } else {
      this.sendHeaders(stream, stream.trailers, true);
    }
  }

  #creditSession(bytes: number): void {
    if (bytes === 0 || this.hasEnded) return;
    const credit = this.window.consume(bytes);
    if (credit > 0) this.writeWindowUpdate(0, credit);
  }

  #giveBackGrowth(stream: Stream): void {
    this.pool.give(stream.grownBy);
    stream.grownBy = 0;
  }
}

/** Room for every stream's first window, and for what they may grow by. */
export function sessionWindow(limits: SessionLimits): number {
  const { initialStreamWindow, growth } = limits.windows;
  return limits.maxConcurrentStreams * initialStreamWindow + growth;
}

/** Most bytes of GOAWAY debug data that we send. */
const MAX_DEBUG = 256;
