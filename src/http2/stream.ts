import type { RequestHead, ResponseHead } from "./field_validation.ts";
import type { HeaderField } from "./hpack/header_field.ts";
import type { DataSource } from "./output.ts";
import type { ReceiveWindow } from "./receive_window.ts";

/** Why a stream ended before both sides ended it. */
export type StreamFailure =
  /** RST_STREAM, from the peer or made here (RFC 9113 section 6.4). */
  | {
    readonly kind: "reset";
    readonly code: number;
    readonly remote: boolean;
    readonly message?: string;
  }
  /** GOAWAY said that the peer has not acted on it (section 6.8). */
  | { readonly kind: "goaway"; readonly code: number; readonly debug: string }
  /** The session is over. */
  | { readonly kind: "session"; readonly error: unknown };

/** What a stream tells its owner, and where it takes bytes to send from. */
export interface StreamHandler extends DataSource {
  /** A 1xx response came. */
  onInformational?(head: ResponseHead): void;
  /** The response's header section came. */
  onResponse?(head: ResponseHead): void;
  /**
   * The peer promised a response to a request that nobody made. Returns who
   * takes it; without this method it is refused.
   */
  onPush?(stream: Stream, head: RequestHead): StreamHandler;
  /** Content came; the bytes are the handler's only until it returns. */
  onData(bytes: Uint8Array, start: number, end: number): void;
  /** The peer ended its side (END_STREAM). */
  onEnd(trailers: readonly HeaderField[]): void;
  /** The stream was cut. */
  onFailure(failure: StreamFailure): void;
  /** The stream is over, in whatever way. */
  onClosed?(): void;
  /** How many bytes {@linkcode DataSource.pull} can give now. */
  readonly pendingBytes: number;
}

/** What a stream asks of its session. */
export interface StreamSession {
  sendHeaders(
    stream: Stream,
    fields: readonly HeaderField[],
    endStream: boolean,
  ): void;
  schedule(stream: Stream): void;
  resetStream(stream: Stream, code: number): void;
  consume(stream: Stream, bytes: number): void;
}

/** One stream of a session (RFC 9113 section 5). */
export class Stream {
  readonly id: number;
  readonly #session: StreamSession;
  handler: StreamHandler | undefined;

  // What follows belongs to the session.
  readonly receiveWindow: ReceiveWindow;
  sendWindow: number;
  /** Final header section seen: whatever HEADERS follow are trailers. */
  hasResponse = false;
  localEnded = false;
  remoteEnded = false;
  isClosed = false;
  /** Bytes handed up and not yet consumed. */
  unconsumed = 0;
  /** What the request's header list counts, in bytes; it is held so long. */
  headerSize = 0;
  /** What its window has grown by, to be given back. */
  grownBy = 0;
  /** Content bytes still to come by content-length, -1 if it said nothing. */
  expectedBytes = -1;
  /** Whether its response has no content whatever content-length says: HEAD. */
  isHead = false;
  isScheduled = false;
  endRequested = false;
  trailers: readonly HeaderField[] | undefined;

  constructor(
    session: StreamSession,
    id: number,
    sendWindow: number,
    receiveWindow: ReceiveWindow,
  ) {
    this.#session = session;
    this.id = id;
    this.sendWindow = sendWindow;
    this.receiveWindow = receiveWindow;
  }

  /** Sends a header section: a response's, or 1xx before it. */
  sendHeaders(fields: readonly HeaderField[], endStream = false): void {
    if (!this.isClosed) this.#session.sendHeaders(this, fields, endStream);
  }

  /** Says that the handler has bytes to send. */
  schedule(): void {
    if (!this.isClosed) this.#session.schedule(this);
  }

  /**
   * Ends this side once the handler has no pending bytes: END_STREAM, on
   * trailers if there are any.
   */
  end(trailers?: readonly HeaderField[]): void {
    if (this.isClosed || this.endRequested) return;
    this.endRequested = true;
    this.trailers = trailers;
  }

  /** Resets the stream; its handler hears of it as of any other failure. */
  reset(code: number): void {
    if (!this.isClosed) this.#session.resetStream(this, code);
  }

  /** Says that the reader took bytes, which gives the peer credit for more. */
  consume(bytes: number): void {
    this.#session.consume(this, bytes);
  }
}
