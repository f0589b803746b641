import type { Output } from "./output.ts";
import type { Stream } from "./stream.ts";

/** The rest of a slab that is not worth a frame of its own, in bytes. */
const MIN_FRAME = 1024;

/** After how many closed streams those that wait are looked through. */
const MAX_STALE = 256;

/**
 * Sends the DATA of all streams that may send, a frame at a time in turn
 * (RFC 9113 section 5.2), as far as the windows and the output allow.
 */
export class SendScheduler {
  readonly #output: Output;
  readonly #sendEnd: (stream: Stream) => void;
  readonly #onDataFrame: () => void;
  #ready: Stream[] = [];
  #head = 0;
  /** Streams that wait for the session's window, not for their own. */
  #blocked: Stream[] = [];
  #window = 65_535;
  #isRunning = false;
  /** Closed streams that are still in a list, about. */
  #stale = 0;

  constructor(
    output: Output,
    hooks: { sendEnd(stream: Stream): void; onDataFrame(): void },
  ) {
    this.#output = output;
    this.#sendEnd = hooks.sendEnd;
    this.#onDataFrame = hooks.onDataFrame;
  }

  /** The session's window for sending, in bytes (section 6.9.1). */
  get window(): number {
    return this.#window;
  }

  /** Adds credit for the session, and sends what waited for it. */
  addCredit(bytes: number): void {
    this.#window += bytes;
    for (const stream of this.#blocked) this.#ready.push(stream);
    this.#blocked = [];
    this.run();
  }

  /** Sends what the stream has, now or when it can. */
  schedule(stream: Stream): void {
    if (stream.handler!.pendingBytes === 0) {
      // An end needs no window, so it does not wait with the others.
      if (stream.endRequested && !stream.localEnded) this.#sendEnd(stream);
      return;
    }
    if (stream.isScheduled || stream.sendWindow <= 0) return;
    stream.isScheduled = true;
    this.#ready.push(stream);
    this.run();
  }

  /** Lets go of a stream that closed while it waited. */
  forget(stream: Stream): void {
    // A peer may have streams wait for its window, and reset them, for ever.
    if (!stream.isScheduled || ++this.#stale < MAX_STALE) return;
    if (this.#isRunning) return;
    this.#stale = 0;
    this.#ready = this.#ready.slice(this.#head).filter(isOpen);
    this.#head = 0;
    this.#blocked = this.#blocked.filter(isOpen);
  }

  /** Fills the output until it has no room or no stream can send. */
  run(): void {
    // An end that is sent may free a stream, and so lead here again.
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      this.#sendReady();
    } finally {
      this.#isRunning = false;
    }
  }

  #sendReady(): void {
    while (this.#head < this.#ready.length) {
      const stream = this.#ready[this.#head];
      if (!stream.isClosed && !this.#sendFrame(stream)) return this.#compact();
      this.#head++;
      if (!stream.isClosed && this.#canSendMore(stream)) {
        if (this.#window > 0) this.#ready.push(stream);
        else this.#blocked.push(stream);
      } else {
        stream.isScheduled = false;
      }
    }
    this.#ready.length = this.#head = 0;
  }

  #compact(): void {
    if (this.#head < 64) return;
    this.#ready.splice(0, this.#head);
    this.#head = 0;
  }

  #canSendMore(stream: Stream): boolean {
    return stream.handler!.pendingBytes > 0 && stream.sendWindow > 0;
  }

  /** Returns false if the output has no room. */
  #sendFrame(stream: Stream): boolean {
    const handler = stream.handler!;
    const pending = handler.pendingBytes;
    const credit = Math.min(pending, stream.sendWindow, this.#window);
    if (credit > 0) {
      const room = this.#output.dataRoom(stream.id);
      if (room < Math.min(credit, MIN_FRAME)) return false;
      const max = Math.min(credit, room);
      const sent = this.#output.data(stream.id, max, handler);
      stream.sendWindow -= sent;
      this.#window -= sent;
      this.#onDataFrame();
    }
    if (
      handler.pendingBytes === 0 && stream.endRequested && !stream.localEnded
    ) {
      this.#sendEnd(stream);
    }
    return true;
  }
}

function isOpen(stream: Stream): boolean {
  return !stream.isClosed;
}
