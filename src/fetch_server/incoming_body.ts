/** Most bytes that wait for the Conn's reader before no more are taken. */
const READ_AHEAD = 64 * 1024;

/** What comes out of a request's body. */
export interface IncomingHandler {
  onData(bytes: Uint8Array, start: number, end: number): void;
  /** The body has ended. */
  onEnd(): void;
  /** The body cannot be read any more. */
  onError(cause: unknown): void;
}

/** The body of a request, read as far ahead as the Conn's reader allows. */
export class IncomingBody {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly #handler: IncomingHandler;
  #unread = 0;
  #isStopped = false;
  #onRoom: (() => void) | undefined;

  constructor(
    body: ReadableStream<Uint8Array> | null,
    handler: IncomingHandler,
  ) {
    this.#reader = body?.getReader();
    this.#handler = handler;
  }

  async start(): Promise<void> {
    try {
      while (await this.#next());
    } catch (cause) {
      if (!this.#isStopped) this.#handler.onError(cause);
      return;
    }
    if (!this.#isStopped) this.#handler.onEnd();
  }

  /** The Conn's reader took bytes. */
  consume(bytes: number): void {
    this.#unread -= bytes;
    if (this.#unread >= READ_AHEAD) return;
    this.#onRoom?.();
    this.#onRoom = undefined;
  }

  /** Reads no more, and says nothing more. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#onRoom?.();
    this.#reader?.cancel().catch(() => {});
  }

  /** Hands on one chunk; false at the end. */
  async #next(): Promise<boolean> {
    if (this.#reader === undefined) return false;
    const { done, value } = await this.#reader.read();
    if (done || this.#isStopped) return false;
    this.#unread += value.length;
    this.#handler.onData(value, 0, value.length);
    if (this.#unread >= READ_AHEAD) {
      await new Promise<void>((resolve) => this.#onRoom = resolve);
    }
    return !this.#isStopped;
  }
}
