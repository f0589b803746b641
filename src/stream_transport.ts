import type { Addr } from "./addr.ts";
import type { Connection } from "./connection.ts";
import {
  ConnectError,
  GoawayError,
  H2ConnError,
  ProtocolError,
  ResetError,
} from "./errors.ts";
import { SessionError } from "./http2/session_error.ts";
import type { Stream, StreamFailure, StreamHandler } from "./http2/stream.ts";
import type {
  Field,
  Supports,
  Transport,
  TransportHandler,
} from "./transport.ts";

/** An HTTP/2 stream of our own engine keeps every promise. */
export const FULL_SUPPORT: Supports = Object.freeze({
  reset: true,
  resetCodes: true,
  trailers: true,
  push: true,
  addresses: true,
  halfClose: true,
  truthfulEof: true,
  earlyHeaders: true,
  backpressure: true,
  independentStreams: true,
});

/** A stream of the engine as the transport below a Conn. */
export class StreamTransport implements Transport, StreamHandler {
  readonly supports: Supports = FULL_SUPPORT;
  readonly connection: Connection;
  readonly #conn: TransportHandler;
  #stream: Stream | undefined;
  #holdsConnection = true;
  #isRef = true;
  #isReleased = false;
  /** Whether any byte, or the end, has been sent. */
  hasSent = false;

  constructor(connection: Connection, conn: TransportHandler) {
    this.connection = connection;
    this.#conn = conn;
    connection.ref();
  }

  /** The stream, which is made with this as its handler. */
  set stream(stream: Stream) {
    this.#stream = stream;
  }

  get stream(): Stream {
    return this.#stream!;
  }

  get localAddr(): Addr | undefined {
    return this.connection.socket.localAddr;
  }

  get remoteAddr(): Addr | undefined {
    return this.connection.socket.remoteAddr;
  }

  get pendingBytes(): number {
    return this.#conn.pendingBytes;
  }

  pull(target: Uint8Array, offset: number, max: number): number {
    this.hasSent = true;
    return this.#conn.pull(target, offset, max);
  }

  schedule(): void {
    this.stream.schedule();
  }

  end(trailers?: readonly Field[]): void {
    this.hasSent = true;
    this.stream.end(trailers);
  }

  reset(code: number): void {
    this.stream.reset(code);
  }

  consume(bytes: number): void {
    this.stream.consume(bytes);
  }

  flushed(): Promise<void> {
    return this.connection.flushed();
  }

  ref(): void {
    this.#isRef = true;
    this.#hold();
  }

  unref(): void {
    this.#isRef = false;
    this.#hold();
  }

  onData(bytes: Uint8Array, start: number, end: number): void {
    this.#conn.onData(bytes, start, end);
  }

  onEnd(trailers: readonly Field[]): void {
    this.#conn.onEnd(trailers);
  }

  onFailure(failure: StreamFailure): void {
    this.#conn.onFailure(streamError(failure));
  }

  /** Lets go of the connection. */
  onClosed(): void {
    this.#isReleased = true;
    this.#hold();
  }

  #hold(): void {
    const holds = this.#isRef && !this.#isReleased;
    if (holds === this.#holdsConnection) return;
    this.#holdsConnection = holds;
    if (holds) this.connection.ref();
    else this.connection.unref();
  }
}

/** The one place where an end of a stream becomes an error of ours. */
export function streamError(failure: StreamFailure): H2ConnError {
  switch (failure.kind) {
    case "reset":
      return new ResetError(failure.code, {
        remote: failure.remote,
        message: failure.message &&
          `Stream was reset, since the peer broke HTTP/2: ${failure.message}`,
      });
    case "goaway":
      return new GoawayError(failure.code, {
        retryable: true,
        debug: failure.debug,
      });
    case "session": {
      const { error } = failure;
      if (error instanceof SessionError) {
        return new ProtocolError(error.code, error.message, {
          cause: error.cause,
        });
      }
      if (error instanceof H2ConnError) return error;
      return new ConnectError("tcp", "Connection was lost", { cause: error });
    }
  }
}
