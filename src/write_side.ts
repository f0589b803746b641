import { detached } from "./buffer_check.ts";
import { Deadline } from "./deadline.ts";
import { ClosedError, type H2ConnError, TimeoutError } from "./errors.ts";
import type { Field } from "./transport.ts";

/** Bytes to send, or with none the end of this side. */
interface PendingWrite {
  readonly bytes: Uint8Array | undefined;
  readonly trailers: readonly Field[] | undefined;
  /** How many bytes it had when it was written. */
  readonly length: number;
  sent: number;
  resolve: ((bytes: number) => void) | undefined;
  reject: ((error: H2ConnError) => void) | undefined;
}

/** What the writing half asks of what is below it. */
export interface WriteTarget {
  schedule(): void;
  end(trailers: readonly Field[] | undefined): void;
}

/** The writing half of a Conn: what waits to be sent, in order. */
export class WriteSide {
  readonly #deadline = new Deadline(() => this.#expire());
  readonly #target: WriteTarget;
  #pending: PendingWrite[] = [];
  #pendingBytes = 0;
  #isOpen = false;
  #isEnding = false;
  /** A call that ends this side and waits. */
  #ending: Promise<void> | undefined;
  #hasEnded = false;
  #isClosed = false;
  #error: H2ConnError | undefined;

  constructor(target: WriteTarget) {
    this.#target = target;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Whether END_STREAM is on its way. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  write(bytes: Uint8Array): Promise<number> {
    if (bytes.length === 0) return Promise.resolve(0);
    const refusal = this.#refusal();
    if (refusal !== undefined) return Promise.reject(refusal);
    this.#pendingBytes += bytes.length;
    const write = this.#enqueue(bytes, undefined);
    if (write.sent === bytes.length) return Promise.resolve(bytes.length);
    return this.#wait(write);
  }

  /** Ends this side after all that was written. */
  end(trailers?: readonly Field[]): Promise<void> {
    if (this.#hasEnded) return Promise.resolve();
    if (this.#isEnding && this.#ending !== undefined) return this.#ending;
    const refusal = this.#refusal();
    if (refusal !== undefined) return Promise.reject(refusal);
    this.#isEnding = true;
    const write = this.#enqueue(undefined, trailers);
    if (this.#hasEnded) return Promise.resolve();
    this.#ending = this.#wait(write).then(() => {});
    return this.#ending;
  }

  setDeadline(at: number): void {
    this.#deadline.set(at);
  }

  setRef(isRef: boolean): void {
    this.#deadline.setRef(isRef);
  }

  pull(target: Uint8Array, offset: number, max: number): number {
    let done = 0;
    while (done < max && this.#pendingBytes > 0) {
      const write = this.#pending[0];
      const bytes = write.bytes!;
      if (bytes.length !== write.length) {
        this.#dropDetached(write);
        continue;
      }
      const take = Math.min(bytes.length - write.sent, max - done);
      const whole = take === bytes.length;
      target.set(
        whole ? bytes : bytes.subarray(write.sent, write.sent + take),
        offset + done,
      );
      write.sent += take;
      done += take;
      this.#pendingBytes -= take;
      if (write.sent < bytes.length) break;
      this.#shift(write);
    }
    if (this.#isEnding && this.#pendingBytes === 0) this.#sendEnd();
    return done;
  }

  /** There is a transport now: sends what has waited for it. */
  open(): void {
    this.#isOpen = true;
    this.#flush();
  }

  /** The transport is gone before it took anything. */
  detach(): void {
    this.#isOpen = false;
  }

  fail(error: H2ConnError): void {
    this.#error ??= error;
    this.#rejectPending(() => error);
  }

  /** Ends this side now: writes that wait fail, what was sent is sent. */
  close(): void {
    this.#rejectPending((bytesWritten) =>
      new ClosedError("Write was cut short: the Conn is closed", {
        bytesWritten,
      })
    );
    this.#isEnding = true;
    this.#isClosed = true;
    if (this.#hasEnded || !this.#isOpen) return;
    this.#hasEnded = true;
    this.#target.end(undefined);
    this.#target.schedule();
  }

  #refusal(): H2ConnError | undefined {
    if (this.#error !== undefined) return this.#error;
    if (this.#isClosed) return writeClosed();
    if (this.#isEnding) {
      return new ClosedError("Cannot write after closeWrite()");
    }
    if (this.#deadline.hasPassed) return writeTimeout(0);
    return undefined;
  }

  #enqueue(
    bytes: Uint8Array | undefined,
    trailers: readonly Field[] | undefined,
  ): PendingWrite {
    const write: PendingWrite = {
      bytes,
      trailers,
      length: bytes?.length ?? 0,
      sent: 0,
      resolve: undefined,
      reject: undefined,
    };
    this.#pending.push(write);
    this.#flush();
    return write;
  }

  #flush(): void {
    if (!this.#isOpen) return;
    if (this.#isEnding && this.#pendingBytes === 0) this.#sendEnd();
    if (this.#pendingBytes > 0 || this.#hasEnded) this.#target.schedule();
  }

  #wait(write: PendingWrite): Promise<number> {
    // The transport may have failed while it took the bytes.
    if (this.#error !== undefined) return Promise.reject(this.#error);
    return new Promise((resolve, reject) => {
      write.resolve = resolve;
      write.reject = reject;
      this.#deadline.watch(true);
    });
  }

  #dropDetached(write: PendingWrite): void {
    this.#pendingBytes -= write.length - write.sent;
    this.#pending.shift();
    write.reject?.(detached("write"));
  }

  #shift(write: PendingWrite): void {
    this.#pending.shift();
    if (this.#pending.length === 0) this.#deadline.watch(false);
    write.resolve?.(write.sent);
  }

  #sendEnd(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const write = this.#pending[0];
    this.#target.end(write.trailers);
    this.#shift(write);
  }

  #expire(): void {
    this.#rejectPending(writeTimeout);
    // An end that could not follow its bytes has not been sent.
    if (!this.#hasEnded) this.#isEnding = false;
  }

  #rejectPending(error: (bytesWritten: number) => H2ConnError): void {
    const pending = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#deadline.watch(false);
    for (const write of pending) write.reject?.(error(write.sent));
  }
}

function writeClosed(): ClosedError {
  return new ClosedError(
    "Cannot write: the Conn was closed here, by close() or as its handler returned",
  );
}

function writeTimeout(bytesWritten: number): TimeoutError {
  return new TimeoutError("Write deadline has passed", { bytesWritten });
}
