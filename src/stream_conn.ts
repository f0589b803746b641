import type { Addr } from "./addr.ts";
import type { AbortInit, Conn, ConnInfo } from "./conn.ts";
import { makeReadable, makeWritable } from "./conn_streams.ts";
import { notBytes } from "./buffer_check.ts";
import { deadlineTime } from "./deadline.ts";
import {
  ArgumentError,
  type H2ConnError,
  NotSupportedError,
  ResetError,
} from "./errors.ts";
import { headerFields, toHeaders } from "./header_fields.ts";
import { ERROR_CODE, type ErrorCode } from "./http2/error_code.ts";
import { LazyPromise } from "./lazy_promise.ts";
import { readClosed, ReadSide } from "./read_side.ts";
import { Timer } from "./timer.ts";
import type {
  Field,
  Supports,
  Transport,
  TransportHandler,
} from "./transport.ts";
import { WriteSide } from "./write_side.ts";

/** How long a peer may take to end its side after `close`, in milliseconds. */
const LINGER_MS = 10_000;

/** What a Conn asks before its transport is there. */
export interface StreamConnOptions {
  /** What the transport is going to support. */
  readonly supports: Supports;
  /** Called when the Conn ends before it has a transport. */
  onCancel?(): void;
  /** The code for a peer that goes on after `close`. Default `"CANCEL"`. */
  readonly lingerCode?: ErrorCode;
}

/** The Conn over any transport. */
export class StreamConn implements Conn, TransportHandler {
  readonly #reader = new ReadSide((bytes) => this.#transport?.consume(bytes));
  readonly #writer: WriteSide;
  readonly #options: StreamConnOptions;
  readonly #opened = new LazyPromise<ConnInfo>();
  readonly #closed = new LazyPromise<void>();
  readonly #trailers = new LazyPromise<Headers>();
  #transport: Transport | undefined;
  #readable: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  #writable: WritableStream<Uint8Array> | undefined;
  #closing: Promise<void> | undefined;
  #linger: Timer | undefined;
  #failure: H2ConnError | undefined;
  #abortReason: AbortInit | undefined;
  #isRef = true;

  constructor(options: StreamConnOptions) {
    this.#options = options;
    this.#writer = new WriteSide({
      schedule: () => this.#transport!.schedule(),
      end: (trailers) => {
        this.#transport!.end(trailers);
        this.#settleClosed();
      },
    });
  }

  /** Gives the Conn what carries it. */
  attach(transport: Transport): void {
    this.#transport = transport;
    if (!this.#isRef) transport.unref();
  }

  /** The headers are out: what was written so far follows them. */
  startWriting(): void {
    this.#writer.open();
  }

  /** Takes away a transport that carried nothing; another one follows. */
  detach(): void {
    this.#transport = undefined;
    this.#writer.detach();
  }

  /** The response, or the accepted request, is here. */
  open(info: ConnInfo): void {
    this.#opened.resolve(info);
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    this.#readable ??= makeReadable({
      read: (p) => this.read(p),
      readChunk: () => this.readChunk(),
      cancelRead: () => this.#reader.discard(readClosed),
    });
    return this.#readable;
  }

  get writable(): WritableStream<Uint8Array> {
    this.#writable ??= makeWritable(this, this.closed);
    return this.#writable;
  }

  get opened(): Promise<ConnInfo> {
    return this.#opened.promise;
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  get trailers(): Promise<Headers> {
    return this.#trailers.promise;
  }

  get localAddr(): Addr | undefined {
    return this.#transport?.localAddr;
  }

  get remoteAddr(): Addr | undefined {
    return this.#transport?.remoteAddr;
  }

  get supports(): Supports {
    return this.#transport?.supports ?? this.#options.supports;
  }

  read(p: Uint8Array): Promise<number | null> {
    if (!(p instanceof Uint8Array)) {
      return Promise.reject(notBytes("read into", p));
    }
    return this.#reader.read(p);
  }

  /** The next bytes in a buffer of their own, or null at EOF. */
  readChunk(): Promise<Uint8Array<ArrayBuffer> | null> {
    return this.#reader.readChunk();
  }

  write(p: Uint8Array): Promise<number> {
    if (!(p instanceof Uint8Array)) return Promise.reject(notBytes("write", p));
    return this.#writer.write(p);
  }

  closeWrite(trailers?: HeadersInit): Promise<void> {
    try {
      const fields = trailers && headerFields(trailers, "trailer");
      if (fields?.length && !this.supports.trailers) throw noTrailers("send");
      return this.#writer.end(fields?.length ? fields : undefined);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  abort(reason: AbortInit = {}): void {
    const code = reason.code ?? "CANCEL";
    if (!(code in ERROR_CODE)) {
      throw new ArgumentError(
        `Cannot abort: "${code}" is not an HTTP/2 error code`,
      );
    }
    if (this.#failure !== undefined || this.#closed.isSettled) {
      const failure = this.#failure;
      this.#reader.discard(failure ? () => failure : readClosed);
      return;
    }
    this.#abortReason = { code, cause: reason.cause };
    if (this.#transport === undefined) this.#cancel(this.#localReset(code));
    else this.#transport.reset(ERROR_CODE[code]);
  }

  setDeadline(at: Date | number | null): void {
    this.setReadDeadline(at);
    this.setWriteDeadline(at);
  }

  setReadDeadline(at: Date | number | null): void {
    this.#reader.setDeadline(deadlineTime(at));
  }

  setWriteDeadline(at: Date | number | null): void {
    this.#writer.setDeadline(deadlineTime(at));
  }

  ref(): void {
    this.#setRef(true);
  }

  unref(): void {
    this.#setRef(false);
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array<ArrayBuffer>> {
    while (true) {
      const chunk = await this.readChunk();
      if (chunk === null) return;
      yield chunk;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get pendingBytes(): number {
    return this.#writer.pendingBytes;
  }

  pull(target: Uint8Array, offset: number, max: number): number {
    return this.#writer.pull(target, offset, max);
  }

  onData(bytes: Uint8Array, start: number, end: number): void {
    this.#reader.onData(bytes, start, end);
  }

  onEnd(trailers: readonly Field[]): void {
    this.#reader.onEnd();
    if (this.supports.trailers) this.#trailers.resolve(toHeaders(trailers));
    else this.#trailers.reject(noTrailers("read"));
    this.#settleClosed();
  }

  onFailure(error: H2ConnError): void {
    if (this.#failure !== undefined) return;
    const reason = this.#abortReason;
    if (reason !== undefined) error = this.#localReset(reason.code!);
    this.#failure = error;
    this.#linger?.clear();
    this.#writer.fail(error);
    if (reason !== undefined) this.#reader.discard(() => error);
    this.#reader.fail(error);
    this.#opened.reject(error);
    this.#closed.reject(error);
    this.#trailers.reject(error);
  }

  #close(): Promise<void> {
    const transport = this.#transport;
    if (transport === undefined) {
      this.#cancel(readClosed());
      return Promise.resolve();
    }
    this.#linger = new Timer(() => this.#giveUp(), { ref: this.#isRef });
    this.#writer.close();
    this.#reader.discard(readClosed);
    if (!this.#closed.isSettled) this.#linger.set(LINGER_MS);
    return transport.flushed();
  }

  #settleClosed(): void {
    if (!this.#reader.hasEnded || !this.#writer.hasEnded) return;
    this.#linger?.clear();
    this.#closed.resolve();
  }

  /** Ends a Conn that has no transport yet. */
  #cancel(error: H2ConnError): void {
    if (this.#failure !== undefined) return;
    this.onFailure(error);
    this.#writer.close();
    this.#reader.discard(() => error);
    this.#options.onCancel?.();
  }

  #giveUp(): void {
    const code = this.#options.lingerCode ?? "CANCEL";
    this.#abortReason = {
      code,
      cause: new Error(
        `Peer did not end its side within ${LINGER_MS} ms of close()`,
      ),
    };
    this.#transport?.reset(ERROR_CODE[code]);
  }

  #localReset(code: ErrorCode): ResetError {
    const { cause } = this.#abortReason!;
    return new ResetError(code, { remote: false, cause });
  }

  #setRef(isRef: boolean): void {
    if (isRef === this.#isRef) return;
    this.#isRef = isRef;
    this.#reader.setRef(isRef);
    this.#writer.setRef(isRef);
    this.#linger?.setRef(isRef);
    if (isRef) this.#transport?.ref();
    else this.#transport?.unref();
  }
}

function noTrailers(what: "send" | "read"): NotSupportedError {
  return new NotSupportedError(
    `Cannot ${what} trailers: the server or client below this Conn has none`,
  );
}
