import { Deadline } from "./deadline.ts";
import { ClosedError, type H2ConnError, TimeoutError } from "./errors.ts";
import { detached } from "./buffer_check.ts";
import { ReadQueue } from "./read_queue.ts";

/** Most bytes that one chunk of a stream or an iteration has. */
const MAX_CHUNK = 64 * 1024;

interface PendingRead {
  /** Where the bytes go; without it a chunk is handed out. */
  readonly target: Uint8Array | undefined;
  resolve(result: number | Uint8Array | null): void;
  reject(error: H2ConnError): void;
}

/** The reading half of a Conn: what came, and who waits for more. */
export class ReadSide {
  readonly #queue = new ReadQueue();
  readonly #deadline = new Deadline(() => this.#expire());
  readonly #consume: (bytes: number) => void;
  #pending: PendingRead[] = [];
  #hasEnded = false;
  #error: H2ConnError | undefined;
  #discardError: (() => H2ConnError) | undefined;

  constructor(consume: (bytes: number) => void) {
    this.#consume = consume;
  }

  /** Whether the peer has ended its side; it may have left bytes to read. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  read(target: Uint8Array): Promise<number | null> {
    if (target.length === 0) return Promise.resolve(0);
    if (this.#isReady()) {
      const bytes = this.#queue.read(target);
      this.#consume(bytes);
      return Promise.resolve(bytes);
    }
    return this.#wait(target) as Promise<number | null>;
  }

  /** Like {@linkcode read}, but hands over a chunk instead of filling one. */
  readChunk(): Promise<Uint8Array<ArrayBuffer> | null> {
    if (this.#isReady()) {
      const chunk = this.#queue.take(MAX_CHUNK);
      this.#consume(chunk.length);
      return Promise.resolve(chunk);
    }
    return this.#wait(undefined) as Promise<Uint8Array<ArrayBuffer> | null>;
  }

  setDeadline(at: number): void {
    this.#deadline.set(at);
  }

  setRef(isRef: boolean): void {
    this.#deadline.setRef(isRef);
  }

  onData(bytes: Uint8Array, start: number, end: number): void {
    if (this.#discardError !== undefined) return this.#consume(end - start);
    while (start < end && this.#pending.length > 0) {
      start += this.#serve(bytes, start, end);
    }
    if (start < end) this.#queue.push(bytes, start, end);
  }

  onEnd(): void {
    this.#hasEnded = true;
    for (const read of this.#takePending()) read.resolve(null);
  }

  /** What is queued can still be read; after it comes the error. */
  fail(error: H2ConnError): void {
    this.#error ??= error;
    if (!this.#hasEnded) this.#rejectPending(error);
  }

  /**
   * Drops what is queued and what comes; reads fail with the error, which is
   * made only if there is one: a stack trace costs more than a stream.
   */
  discard(error: () => H2ConnError): void {
    if (this.#discardError !== undefined) return;
    this.#discardError = error;
    const dropped = this.#queue.clear();
    if (dropped > 0) this.#consume(dropped);
    if (this.#pending.length > 0) this.#rejectPending(error());
  }

  #isReady(): boolean {
    return this.#queue.length > 0 && this.#pending.length === 0 &&
      !this.#deadline.hasPassed;
  }

  #wait(target: Uint8Array | undefined): Promise<number | Uint8Array | null> {
    if (this.#discardError !== undefined) {
      return Promise.reject(this.#discardError());
    }
    if (this.#deadline.hasPassed) return Promise.reject(readTimeout());
    if (this.#hasEnded) return Promise.resolve(null);
    if (this.#error !== undefined) return Promise.reject(this.#error);
    return new Promise((resolve, reject) => {
      this.#pending.push({ target, resolve, reject });
      this.#deadline.watch(true);
    });
  }

  /** Gives bytes to the first read that waits; returns how many it took. */
  #serve(bytes: Uint8Array, start: number, end: number): number {
    const read = this.#pending.shift()!;
    if (this.#pending.length === 0) this.#deadline.watch(false);
    const room = read.target?.length ?? MAX_CHUNK;
    if (room === 0) {
      read.reject(detached("read into"));
      return 0;
    }
    const take = Math.min(room, end - start);
    this.#consume(take);
    if (read.target === undefined) {
      read.resolve(copyOf(bytes, start, start + take));
    } else {
      read.target.set(bytes.subarray(start, start + take));
      read.resolve(take);
    }
    return take;
  }

  #expire(): void {
    this.#rejectPending(readTimeout());
  }

  #rejectPending(error: H2ConnError): void {
    for (const read of this.#takePending()) read.reject(error);
  }

  #takePending(): PendingRead[] {
    const pending = this.#pending;
    this.#pending = [];
    this.#deadline.watch(false);
    return pending;
  }
}

/** A copy in a buffer of its own. `slice` of a Node Buffer is a view. */
function copyOf(
  bytes: Uint8Array,
  start: number,
  end: number,
): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes.subarray(start, end));
}

/** For reads after this side closed the Conn. */
export function readClosed(): ClosedError {
  return new ClosedError(
    "Cannot read: the Conn was closed here, by close() or as its handler returned",
  );
}

function readTimeout(): TimeoutError {
  return new TimeoutError("Read deadline has passed");
}
