import type {
  ClientHttp2Stream,
  Http2Session,
  ServerHttp2Stream,
} from "node:http2";
import type { Addr } from "../addr.ts";
import { ArgumentError, type H2ConnError, ResetError } from "../errors.ts";
import { ERROR_CODE } from "../http2/error_code.ts";
import { LazyPromise } from "../lazy_promise.ts";
import { FULL_SUPPORT } from "../stream_transport.ts";
import { Timer } from "../timer.ts";
import type {
  Field,
  Supports,
  Transport,
  TransportHandler,
} from "../transport.ts";
import { fromNodeHeaders, toNodeHeaders } from "./node_headers.ts";
import { type NodeError, SessionWatch } from "./session_watch.ts";
import { StreamEnd } from "./stream_end.ts";
import { streamError } from "./stream_failure.ts";

/** A stream of `node:http2` keeps every promise; a Conn over it cannot push. */
export const NODE_SUPPORT: Supports = Object.freeze({
  ...FULL_SUPPORT,
  push: false,
});

/** Most bytes that nobody has read yet before the stream is paused. */
const MAX_UNREAD = 64 * 1024;

/** Most bytes of one write. */
const MAX_WRITE = 64 * 1024;

/**
 * `maxSessionMemory` is 10 MB: once its streams wait with more than this, each
 * gives the session only {@linkcode MIN_WRITE} at a time.
 */
const MAX_IN_FLIGHT = 4 * 1024 * 1024;
const MIN_WRITE = 4 * 1024;

/** How long what was written may take to leave after `close`, in ms. */
const FLUSH_MS = 10_000;

/** A stream and the session that it belongs to. */
export interface SessionStream {
  /** Not closed, and with `waitForTrailers`. */
  readonly stream: ClientHttp2Stream | ServerHttp2Stream;
  readonly session: Http2Session;
}

/** A stream of `node:http2` as the transport below a Conn. */
export class NodeStreamTransport implements Transport {
  readonly supports: Supports = NODE_SUPPORT;
  readonly #stream: ClientHttp2Stream | ServerHttp2Stream;
  readonly #conn: TransportHandler;
  readonly #watch: SessionWatch;
  readonly #end: StreamEnd;
  readonly #flushed = new LazyPromise<void>();
  readonly #flushTimer = new Timer(() => this.#onStuck());
  /** The end of this side, once it was asked for. */
  #trailers: readonly Field[] | undefined;
  #peerTrailers: readonly Field[] = [];
  #isScheduled = false;
  #bytesInFlight = 0;
  #unread = 0;
  #hasSentEnd = false;
  #hasReadEnd = false;
  #isOver = false;
  #wasLost = false;
  #error: NodeError | undefined;

  constructor({ stream, session }: SessionStream, conn: TransportHandler) {
    this.#stream = stream;
    this.#conn = conn;
    this.#watch = SessionWatch.of(session);
    this.#end = new StreamEnd(stream, () => this.#onLastData());
    stream.on("error", (error) => this.#error ??= error);
    stream.on("close", () => this.#onClose());
    stream.on("trailers", (headers) => {
      this.#peerTrailers = fromNodeHeaders(headers);
    });
    stream.on("end", () => this.#onEnd());
    stream.on("wantTrailers", () => this.#sendEnd());
    stream.on("data", (chunk) => this.#onData(chunk));
  }

  get localAddr(): Addr | undefined {
    return this.#watch.localAddr;
  }

  get remoteAddr(): Addr | undefined {
    return this.#watch.remoteAddr;
  }

  /** Once the running code is done, so that small writes share a frame. */
  schedule(): void {
    if (this.#isScheduled || this.#bytesInFlight > 0) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#write();
    });
  }

  end(trailers: readonly Field[] = []): void {
    this.#trailers = trailers;
  }

  reset(code: number): void {
    this.#reset(code, new ResetError(code, { remote: false }));
  }

  consume(bytes: number): void {
    this.#unread -= bytes;
    if (this.#unread <= MAX_UNREAD / 2 && this.#stream.isPaused()) {
      this.#stream.resume();
    }
  }

  flushed(): Promise<void> {
    if (!this.#flushed.isSettled) this.#flushTimer.set(FLUSH_MS);
    return this.#flushed.promise;
  }

  /** The session belongs to its maker, and so does what it keeps alive. */
  ref(): void {}
  unref(): void {}

  #reset(code: number, error: H2ConnError): void {
    if (this.#isOver) return;
    this.#finish();
    // Node aborts if a stream with waitForTrailers is closed from within one of
    // its events ("!this->is_destroyed()" in Http2Stream::OnTrailers).
    setImmediate(() => {
      // close(0) would wait for bytes that the peer may never take.
      if (code === ERROR_CODE.NO_ERROR) this.#stream.destroy();
      else this.#stream.close(code);
    });
    this.#conn.onFailure(error);
  }

  /** Gives the stream bytes, one write at a time, and then the end. */
  #write(): void {
    if (this.#isOver || this.#bytesInFlight > 0) return;
    if (this.#wasEndedElsewhere) return this.#onEndedElsewhere();
    const room = this.#watch.bytesInFlight < MAX_IN_FLIGHT
      ? MAX_WRITE
      : MIN_WRITE;
    const chunk = new Uint8Array(Math.min(this.#conn.pendingBytes, room));
    const length = this.#conn.pull(chunk, 0, chunk.length);
    if (length > 0) {
      this.#addInFlight(length);
      this.#stream.write(chunk.subarray(0, length), () => {
        this.#addInFlight(-this.#bytesInFlight);
        this.#write();
      });
      this.#watch.onWrite();
    }
    if (this.#trailers !== undefined) this.#stream.end();
  }

  /**
   * Bun asks for trailers on `close(code)` too. They would be END_STREAM, and
   * the reset would read as a clean end.
   */
  #sendEnd(): void {
    if (this.#isOver) return;
    if (this.#wasEndedElsewhere) return this.#onEndedElsewhere();
    if (this.#trailers === undefined) return;
    this.#stream.sendTrailers(toNodeHeaders(this.#trailers));
    this.#hasSentEnd = true;
    this.#flushTimer.clear();
    // node:http2 writes to its socket in a turn of its own.
    setImmediate(() => this.#flushed.resolve());
  }

  /**
   * By a framework, say, that answers whatever its handler did. Streams that
   * were cut are ended, too, by Bun before they are closed.
   */
  get #wasEndedElsewhere(): boolean {
    const { writableEnded, aborted, closed, destroyed } = this.#stream;
    return this.#trailers === undefined && writableEnded && !aborted &&
      !closed && !destroyed;
  }

  /** What is still to be written has nowhere to go. */
  #onEndedElsewhere(): void {
    const message = "The response of an accepted request was ended by " +
      "something else than its Conn";
    this.#reset(ERROR_CODE.INTERNAL_ERROR, new ArgumentError(message));
  }

  #onData(chunk: Uint8Array): void {
    if (this.#isOver) return;
    this.#unread += chunk.length;
    this.#conn.onData(chunk, 0, chunk.length);
    if (this.#unread > MAX_UNREAD) this.#stream.pause();
  }

  /** Takes what is left, in 'data' events, before a cut drops it. */
  #onLastData(): void {
    this.#wasLost ||= this.#watch.isLost;
    while (this.#stream.read() !== null);
    this.#stream.resume();
    if (this.#end.isTrue) return;
    // It would wait for bytes that nobody takes any more.
    process.nextTick(() => this.#stream.destroy());
  }

  #onEnd(): void {
    if (this.#isOver || this.#hasReadEnd || !this.#end.isTrue) return;
    this.#hasReadEnd = true;
    this.#conn.onEnd(this.#peerTrailers);
  }

  #onClose(): void {
    this.#onEnd();
    if (this.#isOver) return;
    this.#finish();
    if (this.#hasReadEnd && this.#hasSentEnd) return;
    this.#conn.onFailure(streamError({
      stream: this.#stream,
      watch: this.#watch,
      isLost: this.#wasLost,
      error: this.#error,
    }));
  }

  #finish(): void {
    this.#isOver = true;
    this.#addInFlight(-this.#bytesInFlight);
    this.#flushTimer.clear();
    this.#flushed.resolve();
  }

  #addInFlight(bytes: number): void {
    this.#bytesInFlight += bytes;
    this.#watch.bytesInFlight += bytes;
  }

  #onStuck(): void {
    this.reset(ERROR_CODE.CANCEL);
  }
}
