import type { IncomingMessage } from "node:http";
import type { StreamSource } from "../conn_streams.ts";
import { ClosedError, ConnectError } from "../errors.ts";
import { ReadSide } from "../read_side.ts";

/** What a body asks of its exchange and connection. */
export interface BodyHooks {
  /** Somebody reads it. */
  onWanted(): void;
  /** The reader is behind: nothing more is to come. */
  hold(): void;
  /** The reader has caught up. */
  release(): void;
}

/** How many bytes may wait for their reader. */
const MAX_UNREAD = 64 * 1024;

/** The body of an HTTP/1.x request, for the Request to read. */
export class RequestBody implements StreamSource {
  readonly #message: IncomingMessage;
  readonly #hooks: BodyHooks;
  readonly #reader = new ReadSide((bytes) => this.#onRead(bytes));
  #unread = 0;
  #isHolding = false;

  constructor(message: IncomingMessage, hooks: BodyHooks) {
    this.#message = message;
    this.#hooks = hooks;
    message.on("data", (chunk: Uint8Array) => this.#onData(chunk));
    message.on("end", () => this.#onEnd());
    message.on("close", () => this.#onClose());
  }

  read(p: Uint8Array): Promise<number | null> {
    this.#hooks.onWanted();
    return this.#reader.read(p);
  }

  readChunk(): Promise<Uint8Array<ArrayBuffer> | null> {
    this.#hooks.onWanted();
    return this.#reader.readChunk();
  }

  /** Nobody wants the rest. */
  cancelRead(): void {
    this.#reader.discard(() =>
      new ClosedError("Cannot read: the request is over")
    );
  }

  #onData(chunk: Uint8Array): void {
    this.#unread += chunk.length;
    this.#reader.onData(chunk, 0, chunk.length);
    if (this.#unread < MAX_UNREAD || this.#isHolding) return;
    this.#isHolding = true;
    this.#hooks.hold();
  }

  #onRead(bytes: number): void {
    this.#unread -= bytes;
    if (this.#unread >= MAX_UNREAD || !this.#isHolding) return;
    this.#isHolding = false;
    this.#hooks.release();
  }

  #onEnd(): void {
    if (this.#message.complete) this.#reader.onEnd();
  }

  /** Without an end before it, something is missing. */
  #onClose(): void {
    this.#reader.fail(
      new ConnectError(
        "tcp",
        "Connection was lost before the end of the request's body",
      ),
    );
  }
}
