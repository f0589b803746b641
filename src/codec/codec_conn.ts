import type { Conn } from "../conn.ts";
import {
  ArgumentError,
  ClosedError,
  MessageError,
  TimeoutError,
} from "../errors.ts";
import { Timer } from "../timer.ts";
import { type Codec, END, MORE } from "./codec.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { MessageConn } from "./message_conn.ts";
import { makeReadable, makeWritable } from "./message_streams.ts";
import { ReceiveBuffer } from "./receive_buffer.ts";

/** How long sends that wait may take after `close`, in milliseconds. */
const LINGER_MS = 10_000;

/** The messages of any codec over any Conn. */
export class CodecConn<Send, Receive> implements MessageConn<Send, Receive> {
  readonly conn: Conn;
  readonly #codec: Codec<Send, Receive>;
  readonly #lingerMs: number;
  readonly #heartbeat: Heartbeat | undefined;
  readonly #buffer = new ReceiveBuffer();
  #readable: ReadableStream<Receive> | undefined;
  #writable: WritableStream<Send> | undefined;
  /** How many receives wait for bytes, and the last of them. */
  #receiving = 0;
  #lastReceive: Promise<unknown> | undefined;
  #hasReceivedAll = false;
  #receiveError: unknown;
  /** How many writes wait, and the last one. */
  #writing = 0;
  #lastWrite: Promise<void> | undefined;
  #writeError: MessageError | undefined;
  #hasMarkedEnd = false;
  #ending: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    conn: Conn,
    codec: Codec<Send, Receive>,
    options: { lingerMs?: number } = {},
  ) {
    if (typeof conn?.read !== "function") {
      throw new ArgumentError(
        "Cannot carry messages: the first argument is no Conn",
      );
    }
    this.conn = conn;
    this.#codec = codec;
    this.#lingerMs = options.lingerMs ?? LINGER_MS;
    if (codec.heartbeat !== undefined) {
      const { bytes, interval } = codec.heartbeat;
      const heartbeat = new Heartbeat(interval, () => this.#beat(bytes));
      const stop = () => heartbeat.stop();
      conn.closed.then(stop, stop);
      this.#heartbeat = heartbeat;
    }
  }

  get readable(): ReadableStream<Receive> {
    this.#readable ??= makeReadable({
      receive: () => this.receive(),
      cancelReceive: (reason) => this.#cancelReceive(reason),
    });
    return this.#readable;
  }

  get writable(): WritableStream<Send> {
    this.#writable ??= makeWritable({
      send: (message) => this.send(message),
      end: () => this.end(),
      abort: (reason) => this.conn.abort(reason),
    }, this.conn.closed);
    return this.#writable;
  }

  async send(message: Send): Promise<void> {
    if (this.#writeError !== undefined) throw this.#writeError;
    if (this.#closing !== undefined) {
      throw new ClosedError("Cannot send: the Conn is closed");
    }
    if (this.#ending !== undefined || this.#hasMarkedEnd) {
      throw new ClosedError("Cannot send after end()");
    }
    await this.#write(this.#codec.encode(message));
  }

  receive(): Promise<Receive | undefined> {
    if (this.#receiving > 0) {
      return this.#wait(this.#lastReceive!.then(() => this.#receiveNext()));
    }
    try {
      const message = this.#take();
      if (message !== MORE) return Promise.resolve(message);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#wait(this.#receiveNext());
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Receive> {
    while (true) {
      const message = await this.receive();
      if (message === undefined) return;
      yield message;
    }
  }

  end(): Promise<void> {
    if (this.#ending === undefined) {
      const ending = this.#end();
      this.#ending = ending;
      // After a deadline it may be tried again.
      ending.catch(() => this.#ending = undefined);
    }
    return this.#ending;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #wait(receive: Promise<Receive | undefined>): Promise<Receive | undefined> {
    const done = () => {
      this.#receiving--;
    };
    this.#receiving++;
    this.#lastReceive = receive.then(done, done);
    return receive;
  }

  async #receiveNext(): Promise<Receive | undefined> {
    while (true) {
      const message = this.#take();
      if (message !== MORE) return message;
      const bytes = await this.conn.read(this.#buffer.space());
      if (this.#receiveError !== undefined) throw this.#receiveError;
      if (bytes === null) return this.#takeLast();
      this.#buffer.fill(bytes);
    }
  }

  /** The next message if it is here, or undefined after the last one. */
  #take(): Receive | undefined | typeof MORE {
    if (this.#receiveError !== undefined) throw this.#receiveError;
    if (this.#hasReceivedAll) return undefined;
    try {
      const message = this.#codec.decoder.decode(this.#buffer);
      if (message !== END) return message;
    } catch (error) {
      this.#failReceive(error);
      throw error;
    }
    this.#endReceive();
    return undefined;
  }

  #takeLast(): Receive | undefined {
    try {
      if (this.#codec.endMarker !== undefined) {
        throw new MessageError(
          "truncated",
          "Stream ended without the end marker",
        );
      }
      const message = this.#codec.decoder.decodeLast(this.#buffer);
      this.#endReceive();
      return message === END ? undefined : message;
    } catch (error) {
      this.#failReceive(error);
      throw error;
    }
  }

  #endReceive(): void {
    this.#hasReceivedAll = true;
    this.#buffer.clear();
  }

  #failReceive(error: unknown): void {
    this.#receiveError ??= error;
    this.#buffer.clear();
  }

  #cancelReceive(reason: unknown): Promise<void> {
    if (this.#hasReceivedAll) return Promise.resolve();
    this.#failReceive(new ClosedError("Cannot receive: it was cancelled"));
    return this.conn.readable.cancel(reason);
  }

  #write(bytes: Uint8Array): Promise<void> {
    const write = this.#writeAll(bytes);
    this.#lastWrite = write;
    return write;
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    this.#writing++;
    this.#heartbeat?.touch();
    try {
      await this.conn.write(bytes);
    } catch (error) {
      if (wasCutShort(error)) {
        this.#writeError ??= new MessageError(
          "truncated",
          "Cannot send: part of an earlier message was sent",
          { cause: error },
        );
      }
      throw error;
    } finally {
      this.#writing--;
    }
  }

  #beat(bytes: Uint8Array): void {
    if (this.#writing > 0 || this.#writeError !== undefined) return;
    this.#write(bytes).catch((error) => {
      if (!(error instanceof TimeoutError)) this.#heartbeat?.stop();
    });
  }

  async #end(): Promise<void> {
    if (this.#writeError !== undefined) throw this.#writeError;
    this.#heartbeat?.stop();
    await Promise.all([this.#markEnd(), this.conn.closeWrite()]);
  }

  async #markEnd(): Promise<void> {
    const { endMarker } = this.#codec;
    if (endMarker === undefined || this.#hasMarkedEnd) return;
    await this.#write(endMarker);
    this.#hasMarkedEnd = true;
  }

  async #close(): Promise<void> {
    this.#heartbeat?.stop();
    const isWritten = await settles(this.#lastWrite, this.#lingerMs);
    if (!isWritten || this.#writeError !== undefined) {
      const cause = this.#writeError ??
        new Error(
          `Peer took no message within ${this.#lingerMs} ms of close()`,
        );
      this.conn.abort({ cause });
      return;
    }
    // What is not sent of the marker now is never sent.
    this.#markEnd().catch(() => {});
    await this.conn.close();
  }
}

function wasCutShort(error: unknown): boolean {
  return (error instanceof TimeoutError || error instanceof ClosedError) &&
    error.bytesWritten > 0;
}

/** Whether the promise settles within `ms`. */
function settles(
  promise: Promise<unknown> | undefined,
  ms: number,
): Promise<boolean> {
  if (promise === undefined) return Promise.resolve(true);
  return new Promise((resolve) => {
    const timer = new Timer(() => resolve(false));
    timer.set(ms);
    const done = () => {
      timer.clear();
      resolve(true);
    };
    promise.then(done, done);
  });
}
