import type { Addr } from "./addr.ts";
import type { H2ConnError } from "./errors.ts";

/**
 * What the transport under a Conn can do and know. Every `false` is a promise
 * of the Conn that this transport cannot keep.
 */
export interface Supports {
  /** `abort` ends the stream as an error on both sides, never as EOF. */
  readonly reset: boolean;
  /** The code of a reset reaches the other side, both ways. */
  readonly resetCodes: boolean;
  /** `closeWrite(trailers)` and `trailers`. */
  readonly trailers: boolean;
  /** Pushes: `info.push` of a server, `onPush` of a client. */
  readonly push: boolean;
  /** Both `localAddr` and `remoteAddr`. */
  readonly addresses: boolean;
  /**
   * Each side may end its direction first. Where it is false, the end of this
   * side cuts what the peer still sends.
   */
  readonly halfClose: boolean;
  /** EOF is told apart from every cut. */
  readonly truthfulEof: boolean;
  /** The response's headers go out on accept, before the first byte. */
  readonly earlyHeaders: boolean;
  /** A reader that stops stalls its writer at a bounded number of bytes. */
  readonly backpressure: boolean;
  /** A slow Conn stalls no other Conn of its session. */
  readonly independentStreams: boolean;
}

/** A header field: a lower-case name and a value. */
export type Field = readonly [name: string, value: string];

/**
 * The port below a Conn: one stream that carries bytes both ways. A Conn knows
 * nothing else of what is under it.
 */
export interface Transport {
  readonly supports: Supports;
  readonly localAddr: Addr | undefined;
  readonly remoteAddr: Addr | undefined;
  /** There are bytes to pull, or {@linkcode end} was called. */
  schedule(): void;
  /** Ends the sending side once no bytes are pending. */
  end(trailers?: readonly Field[]): void;
  /** Cuts the stream, with an HTTP/2 error code. */
  reset(code: number): void;
  /** The reader took bytes: the peer may send as many more. */
  consume(bytes: number): void;
  /** Resolves once what was sent so far has left, or never can. */
  flushed(): Promise<void>;
  ref(): void;
  unref(): void;
}

/** What a transport tells the Conn, and where it takes bytes from. */
export interface TransportHandler {
  /** Bytes came; they are the Conn's only until it returns. */
  onData(bytes: Uint8Array, start: number, end: number): void;
  /** The peer ended its side, and nothing was lost. */
  onEnd(trailers: readonly Field[]): void;
  /** The stream was cut. Nothing is called after it. */
  onFailure(error: H2ConnError): void;
  /** How many bytes {@linkcode pull} can give now. */
  readonly pendingBytes: number;
  /**
   * Writes up to `max` pending bytes to `target` at `offset`; returns how
   * many. It calls nothing of the transport but {@linkcode Transport.end}.
   */
  pull(target: Uint8Array, offset: number, max: number): number;
}
