const MIN_SIZE = 1024;
/** Most bytes that one read takes; an idle buffer is no larger. */
const MAX_READ = 16 * 1024;

/**
 * Bytes that were read and belong to no message yet. Reads go straight into
 * it; it moves and grows so that each byte is copied a bounded number of times,
 * however small the reads are.
 */
export class ReceiveBuffer {
  /** What is here is from {@linkcode start} to {@linkcode end}. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  start = 0;
  end = 0;
  #idleSize = MIN_SIZE;

  get length(): number {
    return this.end - this.start;
  }

  /** Where to read to; {@linkcode fill} says how much of it was read. */
  space(): Uint8Array<ArrayBuffer> {
    if (this.length === 0) this.#reset();
    else if (this.#free < this.bytes.length / 4) this.#makeRoom();
    const end = Math.min(this.bytes.length, this.end + MAX_READ);
    return this.bytes.subarray(this.end, end);
  }

  fill(length: number): void {
    this.end += length;
    if (this.#free === 0 && this.#idleSize < MAX_READ) this.#idleSize *= 2;
  }

  /** The first bytes are done with. */
  drop(length: number): void {
    this.start += length;
  }

  /** Drops everything, the memory too. */
  clear(): void {
    this.bytes = new Uint8Array(0);
    this.start = this.end = 0;
  }

  get #free(): number {
    return this.bytes.length - this.end;
  }

  #reset(): void {
    this.start = this.end = 0;
    if (this.bytes.length !== this.#idleSize) {
      this.bytes = new Uint8Array(this.#idleSize);
    }
  }

  #makeRoom(): void {
    const { bytes, start, end, length } = this;
    if (length <= bytes.length / 2) {
      bytes.copyWithin(0, start, end);
    } else {
      this.bytes = new Uint8Array(bytes.length * 2);
      this.bytes.set(bytes.subarray(start, end));
    }
    this.start = 0;
    this.end = length;
  }
}
