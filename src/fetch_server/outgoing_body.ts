import type { TransportHandler } from "../transport.ts";

/** Most bytes that are given to the server at once. */
const MAX_CHUNK = 64 * 1024;

/** The body of a response: what a Conn writes, as fast as the server takes it. */
export class OutgoingBody {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #source: Pick<TransportHandler, "pendingBytes" | "pull">;
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  /** Taken ahead, so that a program can write before it returns the response. */
  #ready: Uint8Array<ArrayBuffer> | undefined;
  #isWanted = false;
  #isScheduled = false;
  #isEnding = false;
  #isOver = false;
  #onTaken: (() => void)[] = [];

  /** Whether the server has begun to read it. */
  isTaken = false;

  constructor(
    source: Pick<TransportHandler, "pendingBytes" | "pull">,
    onCancel: () => void,
  ) {
    this.#source = source;
    this.stream = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => {
        this.isTaken = true;
        this.#isWanted = true;
        this.#fill();
      },
      cancel: () => {
        this.#finish();
        onCancel();
      },
    }, { highWaterMark: 0 });
  }

  /** Gathers what is written in this turn. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#fill();
    });
  }

  /** Ends it after all that is pending. */
  end(): void {
    this.#isEnding = true;
    this.schedule();
  }

  /** Cuts it, unless it has ended. */
  error(reason: unknown): void {
    if (this.#isOver) return;
    this.#finish();
    this.#controller.error(reason);
  }

  /** Resolves once the server has taken all that was written, or never can. */
  flushed(): Promise<void> {
    if (this.#isOver || !(this.#ready || this.#isEnding)) {
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#onTaken.push(resolve));
  }

  #fill(): void {
    if (this.#isOver) return;
    this.#ready ??= this.#take();
    while (this.#isWanted && this.#ready !== undefined) {
      const chunk = this.#ready;
      this.#ready = this.#take();
      this.#isWanted = false;
      this.#controller.enqueue(chunk);
    }
    if (this.#ready !== undefined) return;
    if (this.#isEnding) {
      this.#finish();
      this.#controller.close();
    } else {
      this.#notify();
    }
  }

  #take(): Uint8Array<ArrayBuffer> | undefined {
    const size = Math.min(this.#source.pendingBytes, MAX_CHUNK);
    if (size === 0) return undefined;
    const chunk = new Uint8Array(size);
    const length = this.#source.pull(chunk, 0, size);
    return length > 0 ? chunk.subarray(0, length) : undefined;
  }

  #finish(): void {
    this.#isOver = true;
    this.#ready = undefined;
    this.#notify();
  }

  #notify(): void {
    for (const resolve of this.#onTaken.splice(0)) resolve();
  }
}
