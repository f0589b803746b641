import { ERROR_CODE } from "./error_code.ts";
import type { RequestHead } from "./field_validation.ts";
import { CLIENT_PREFACE, FRAME, MAX_UINT31, writeUint32 } from "./frame.ts";
import { MIN_MAX_FRAME_SIZE } from "./frame.ts";
import { FrameReader } from "./frame_reader.ts";
import { FrameReceiver } from "./frame_receiver.ts";
import { CompressionError } from "./hpack/compression_error.ts";
import type { HeaderField } from "./hpack/header_field.ts";
import type { RateLimits } from "./rate_guard.ts";
import type { WindowLimits } from "./receive_window.ts";
import { SessionCore } from "./session_core.ts";
import { SessionError } from "./session_error.ts";
import { encodeSettings, SETTING, type Settings } from "./settings.ts";
import type { Stream, StreamHandler } from "./stream.ts";
import type { Role } from "./stream_table.ts";

/** What a session tells its owner. It is told in the midst of a call. */
export interface SessionHandler {
  /** There are bytes for {@linkcode Session.takeOutput}. */
  onOutput(): void;
  /** Server: a request came. Whether it has content: `!stream.remoteEnded`. */
  onRequest(stream: Stream, head: RequestHead): StreamHandler;
  /** The peer's SETTINGS came, for the first time or again. */
  onSettings(settings: Readonly<Settings>): void;
  /** The peer has taken our SETTINGS. */
  onSettingsAck(): void;
  /** The peer answered {@linkcode Session.ping}. */
  onPingAck(id: number): void;
  /** The peer wants no new streams. */
  onGoaway(code: number, debug: string): void;
  /** A stream is over. */
  onStreamClosed?(stream: Stream): void;
  /** The peer broke the protocol or a limit; GOAWAY is in the output. */
  onFault(error: SessionError): void;
}

/** What a session bears from its peer before it ends. */
export interface SessionLimits {
  /** Streams that the peer may have open at once. */
  readonly maxConcurrentStreams: number;
  /** Bytes of a header list, counted as in RFC 9113 section 6.5.2. */
  readonly maxHeaderListSize: number;
  /** Fields of a header list. */
  readonly maxHeaderFields: number;
  /** Control frames that may wait for a peer that does not read. */
  readonly maxQueuedFrames: number;
  readonly rates: Readonly<RateLimits>;
  readonly windows: Readonly<WindowLimits>;
}

/** What a session offers its peer beyond what every session does. */
export interface SessionFeatures {
  /** Client: takes pushed streams (RFC 9113 section 8.4). */
  readonly enablePush?: boolean;
  /** Server: takes extended CONNECT (RFC 8441). */
  readonly enableConnectProtocol?: boolean;
}

/**
 * One end of an HTTP/2 connection (RFC 9113), without the connection: bytes go
 * in by {@linkcode receive} and come out of {@linkcode takeOutput}. It has no
 * timers; its owner says what time it is.
 */
export class Session {
  readonly #core: SessionCore;
  readonly #reader: FrameReader;
  readonly #receiver: FrameReceiver;
  #prefaceLeft: number;

  constructor(
    role: Role,
    options: SessionLimits & SessionFeatures,
    handler: SessionHandler,
  ) {
    this.#core = new SessionCore(role, options, handler);
    this.#receiver = new FrameReceiver(this.#core);
    this.#reader = new FrameReader(
      MIN_MAX_FRAME_SIZE,
      (frame) => this.#receiver.receive(frame),
    );
    this.#prefaceLeft = role === "server" ? CLIENT_PREFACE.length : 0;
    this.#sendPreface();
  }

  /** How many bytes wait for {@linkcode takeOutput}. */
  get pendingOutput(): number {
    return this.#core.output.length;
  }

  get openStreams(): number {
    return this.#core.table.size;
  }

  /** Whether the peer's first SETTINGS have come. */
  get hasPeerSettings(): boolean {
    return this.#core.hasPeerSettings;
  }

  /** What the peer has told about itself. */
  get peerSettings(): Readonly<Settings> {
    return this.#core.peer;
  }

  /** Whether no further stream of ours will be taken, ever. */
  get isDraining(): boolean {
    const { isDraining, hasEnded, table } = this.#core;
    return isDraining || hasEnded || !table.hasLocalId;
  }

  /**
   * How many streams of ours could be opened now. Before the peer's SETTINGS
   * are here it is one: it spares a round trip, and more might be refused.
   */
  get freeStreams(): number {
    if (this.isDraining) return 0;
    const { hasPeerSettings, peer, table } = this.#core;
    const limit = hasPeerSettings ? peer.maxConcurrentStreams : 1;
    return Math.max(0, limit - table.localCount);
  }

  /**
   * Whether the last bytes ended inside a header block or a frame other than
   * DATA, whose sender may be slow.
   */
  get isInsideMessage(): boolean {
    return this.#reader.isInsideControlFrame || this.#receiver.isInsideHeaders;
  }

  /** How many frames and header blocks came whole. */
  get messages(): number {
    return this.#receiver.messages;
  }

  /** How often the peer has said that it took bytes. */
  get credits(): number {
    return this.#receiver.credits;
  }

  /** Takes bytes from the peer; `now` is in milliseconds of a steady clock. */
  receive(chunk: Uint8Array, now: number): void {
    if (this.#core.hasEnded) return;
    this.#core.now = now;
    this.#core.guard.tick(now);
    try {
      const frames = this.#prefaceLeft > 0 ? this.#readPreface(chunk) : chunk;
      this.#reader.push(frames);
    } catch (error) {
      this.#fault(error);
    }
  }

  /** The next bytes for the peer, if any; `recycle` them once they left. */
  takeOutput(): Uint8Array | undefined {
    const taken = this.#core.output.take();
    if (taken !== undefined) this.#core.scheduler.run();
    return taken;
  }

  /** Client: opens a stream. Call only while {@linkcode freeStreams}. */
  request(
    fields: readonly HeaderField[],
    handler: StreamHandler,
    options: { endStream?: boolean } = {},
  ): Stream {
    const stream = this.#core.openStream(this.#core.table.takeLocalId());
    stream.handler = handler;
    stream.sendHeaders(fields, options.endStream);
    return stream;
  }

  /**
   * Server: promises a response to a request that the client has not made,
   * on the stream of one that it has made. Call only while
   * {@linkcode freeStreams}, the peer's `enablePush`, and until `parent` has
   * ended here.
   */
  push(parent: Stream, fields: readonly HeaderField[]): Stream {
    return this.#core.promise(parent, fields);
  }

  /** Sends a PING that carries `id`, a 32-bit number. */
  ping(id: number): void {
    const { slab, at } = this.#core.output.frame(FRAME.PING, 0, 0, 8);
    writeUint32(slab, at, 0);
    writeUint32(slab, at + 4, id);
    this.#core.handler.onOutput();
  }

  /** Asks for no new streams, and still takes those on their way. */
  startDraining(): void {
    this.#core.writeGoaway(MAX_UINT31, ERROR_CODE.NO_ERROR, "");
  }

  /** Takes no new streams; those that are open go on (section 6.8). */
  goaway(code: number = ERROR_CODE.NO_ERROR, debug = ""): void {
    if (this.#core.hasEnded) return;
    this.#core.refusesStreams = true;
    this.#core.writeGoaway(this.#core.table.lastPeerId, code, debug);
  }

  /** Ends the session: every stream fails with `error`. */
  end(error: unknown): void {
    this.#reader.stop();
    this.#core.end(error);
  }

  #sendPreface(): void {
    const { output, features, limits, role, window } = this.#core;
    if (role === "client") output.bytes(CLIENT_PREFACE);
    const settings: [number, number][] = [
      [SETTING.INITIAL_WINDOW_SIZE, limits.windows.initialStreamWindow],
      [SETTING.MAX_HEADER_LIST_SIZE, limits.maxHeaderListSize],
    ];
    if (role === "client") {
      settings.push([SETTING.ENABLE_PUSH, Number(features.enablePush ?? 0)]);
    }
    if (role === "server" || features.enablePush) {
      settings.push([
        SETTING.MAX_CONCURRENT_STREAMS,
        limits.maxConcurrentStreams,
      ]);
    }
    if (features.enableConnectProtocol) {
      settings.push([SETTING.ENABLE_CONNECT_PROTOCOL, 1]);
    }
    output.payloadFrame(FRAME.SETTINGS, 0, 0, encodeSettings(settings));
    // The session's window starts at 65,535 whatever SETTINGS say (6.9.2).
    const credit = window.size - window.available;
    if (credit > 0) {
      window.available += credit;
      this.#core.writeWindowUpdate(0, credit);
    }
    this.#core.handler.onOutput();
  }

  /** Section 3.4. Returns what follows the preface. */
  #readPreface(chunk: Uint8Array): Uint8Array {
    const take = Math.min(this.#prefaceLeft, chunk.length);
    const at = CLIENT_PREFACE.length - this.#prefaceLeft;
    for (let index = 0; index < take; index++) {
      if (chunk[index] !== CLIENT_PREFACE[at + index]) {
        throw new SessionError(
          "PROTOCOL_ERROR",
          "The connection does not start with the HTTP/2 preface",
        );
      }
    }
    this.#prefaceLeft -= take;
    return chunk.subarray(take);
  }

  #fault(thrown: unknown): void {
    const error = asSessionError(thrown);
    this.#reader.stop();
    this.#core.writeGoaway(
      this.#core.table.lastPeerId,
      error.code,
      error.message,
    );
    this.#core.end(error);
    this.#core.handler.onFault(error);
  }
}

function asSessionError(thrown: unknown): SessionError {
  if (thrown instanceof SessionError) return thrown;
  const error = thrown instanceof CompressionError
    ? new SessionError("COMPRESSION_ERROR", thrown.message)
    : new SessionError("INTERNAL_ERROR", "Internal error");
  error.cause = thrown;
  return error;
}
