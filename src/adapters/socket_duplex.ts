import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import type { Socket, SocketHandler } from "./socket.ts";

/** What a duplex tells of its socket. */
export interface DuplexHooks {
  /** Some of what came was handed on. */
  onBytes(): void;
  /** The socket has taken some of what was written. */
  onProgress(): void;
  /** FIN was sent. */
  onFin(): void;
  /** Bytes came that nobody reads any more. */
  onDropped(): void;
  /** The socket is gone. */
  onGone(error: Error | undefined): void;
}

/** So that the parser finds few pipelined requests before it can be held. */
const MAX_SLICE = 16 * 1024;

/** How many bytes probes of a held socket may cost. */
const MAX_PROBED = 1024 * 1024;

/** How much is one write: so much is progress for a peer that reads. */
const MAX_WRITE = 64 * 1024;

/**
 * One of our sockets as a stream for `node:http`, whose server takes any
 * Duplex on Deno, Bun and Node. So HTTP/2 keeps the native sockets of Deno and
 * Bun, and HTTP/1.1, which is not what this library is for, pays: measured
 * against `node:net`'s own sockets it has 0.8 of the requests a second on Node,
 * 0.9 on Bun, 0.55 on Deno.
 */
export class SocketDuplex extends Duplex implements SocketHandler {
  readonly #socket: Socket;
  readonly #hooks: DuplexHooks;
  /** What came and could not be handed on yet. */
  #slices: Uint8Array[] = [];
  #holds = 0;
  #isPaused = false;
  #isProbing = false;
  /** How many bytes came of probes. */
  #probed = 0;
  #isDropping = false;
  #hasPeerEnded = false;
  #hasPushedEnd = false;

  constructor(socket: Socket, hooks: DuplexHooks) {
    super({ allowHalfOpen: true, readableHighWaterMark: MAX_SLICE });
    this.#socket = socket;
    this.#hooks = hooks;
    this.on("error", () => {});
    this.on("close", () => hooks.onGone(this.errored ?? undefined));
  }

  // What node:http asks of a net.Socket.

  get encrypted(): boolean {
    return this.#socket.isEncrypted;
  }

  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddr?.hostname;
  }

  get remotePort(): number | undefined {
    return this.#socket.remoteAddr?.port;
  }

  get localAddress(): string | undefined {
    return this.#socket.localAddr?.hostname;
  }

  get localPort(): number | undefined {
    return this.#socket.localAddr?.port;
  }

  /** Our own timers do that, the same on each runtime. */
  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  /** The last response is written: what comes now is dropped. */
  destroySoon(): void {
    this.#isDropping = true;
    this.#slices = [];
    this.#setPaused(false);
    this.end();
    if (this.#hasPeerEnded) this.#destroyOnceFinished();
  }

  /**
   * Hands nothing on until `release` was called as often. The parser's own
   * pause() is no such thing: Bun 1.4 reads on.
   */
  hold(): void {
    this.#holds++;
  }

  release(): void {
    if (--this.#holds === 0) this.#pushSlices();
  }

  /**
   * A socket that is held does not say that its peer is gone: looks once, at
   * the cost of bytes to keep, and not for ever.
   */
  probe(): void {
    if (!this.#isPaused || this.#probed >= MAX_PROBED) return;
    this.#isProbing = true;
    this.#socket.resume();
  }

  /** Whether bytes of the peer are waited for. */
  get isReading(): boolean {
    return !this.#isPaused && this.#holds === 0;
  }

  onData(chunk: Uint8Array): void {
    if (this.#isDropping) return this.#hooks.onDropped();
    if (this.#isProbing) {
      this.#isProbing = false;
      this.#probed += chunk.length;
      if (this.#isPaused) this.#socket.pause();
    }
    for (let at = 0; at < chunk.length; at += MAX_SLICE) {
      this.#slices.push(chunk.slice(at, at + MAX_SLICE));
    }
    this.#pushSlices();
  }

  onEnd(): void {
    this.#hasPeerEnded = true;
    if (this.#isDropping) this.#destroyOnceFinished();
    else this.#pushSlices();
  }

  onClose(error: Error | undefined): void {
    this.destroy(error);
  }

  override _read(): void {
    this.#pushSlices();
  }

  override _write(
    chunk: Uint8Array,
    encoding: string,
    onDone: (error?: Error | null) => void,
  ): void {
    const piece = plain(chunk.subarray(0, MAX_WRITE));
    this.#socket.write(piece, () => {
      this.#hooks.onProgress();
      if (piece.length === chunk.length) onDone();
      else this._write(chunk.subarray(MAX_WRITE), encoding, onDone);
    });
  }

  override _writev(
    chunks: { chunk: Uint8Array }[],
    onDone: (error?: Error | null) => void,
  ): void {
    const joined: Uint8Array[] = [];
    for (const { chunk } of chunks) {
      const last = joined.at(-1);
      if (last && last.length + chunk.length <= MAX_WRITE) {
        joined[joined.length - 1] = Buffer.concat([last, chunk]);
      } else {
        joined.push(chunk);
      }
    }
    const writeNext = () => {
      const next = joined.shift();
      if (next === undefined) onDone();
      else this._write(next, "buffer", writeNext);
    };
    writeNext();
  }

  override _final(onDone: () => void): void {
    this.#socket.end();
    this.#hooks.onFin();
    onDone();
  }

  override _destroy(
    error: Error | null,
    onDone: (error: Error | null) => void,
  ) {
    this.#slices = [];
    this.#socket.destroy();
    onDone(error);
  }

  #destroyOnceFinished(): void {
    if (this.writableFinished) this.destroy();
    else this.once("finish", () => this.destroy());
  }

  #pushSlices(): void {
    let wantsMore = true;
    while (this.#slices.length > 0 && wantsMore && this.#holds === 0) {
      wantsMore = this.push(this.#slices.shift());
      this.#hooks.onBytes();
    }
    const isBehind = this.#slices.length > 0 || !wantsMore || this.#holds > 0;
    this.#setPaused(isBehind);
    if (isBehind || !this.#hasPeerEnded || this.#hasPushedEnd) return;
    this.#hasPushedEnd = true;
    this.push(null);
  }

  #setPaused(isPaused: boolean): void {
    if (isPaused === this.#isPaused) return;
    this.#isPaused = isPaused;
    if (isPaused) this.#socket.pause();
    else this.#socket.resume();
  }
}

function plain({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}
