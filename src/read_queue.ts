const MIN_BLOCK = 1024;
const MAX_BLOCK = 64 * 1024;

/**
 * Bytes that came and were not read yet. They are copied into blocks of its
 * own, so that many tiny pieces cost no more memory than one large one and no
 * buffer of a socket is held.
 */
export class ReadQueue {
  #blocks: Uint8Array<ArrayBuffer>[] = [];
  #readAt = 0;
  #writeAt = 0;
  #length = 0;

  /** How many bytes are queued. */
  get length(): number {
    return this.#length;
  }

  push(bytes: Uint8Array, start: number, end: number): void {
    this.#length += end - start;
    while (start < end) {
      const block = this.#writableBlock(end - start);
      const take = Math.min(block.length - this.#writeAt, end - start);
      block.set(bytes.subarray(start, start + take), this.#writeAt);
      this.#writeAt += take;
      start += take;
    }
  }

  /** Moves up to `target.length` bytes to `target`; returns how many. */
  read(target: Uint8Array): number {
    let done = 0;
    while (done < target.length && this.#length > 0) {
      const block = this.#blocks[0];
      const filled = this.#blocks.length === 1 ? this.#writeAt : block.length;
      const take = Math.min(filled - this.#readAt, target.length - done);
      target.set(block.subarray(this.#readAt, this.#readAt + take), done);
      this.#advance(take, filled);
      done += take;
    }
    return done;
  }

  /** Hands over the first block, up to `max` bytes, without a copy. */
  take(max: number): Uint8Array<ArrayBuffer> {
    const block = this.#blocks[0];
    const isLast = this.#blocks.length === 1;
    const filled = isLast ? this.#writeAt : block.length;
    const take = Math.min(filled - this.#readAt, max);
    const taken = block.subarray(this.#readAt, this.#readAt + take);
    if (isLast) {
      // The rest of the block would be written to: it is no longer ours.
      const rest = block.slice(this.#readAt + take, filled);
      this.#blocks = rest.length > 0 ? [rest] : [];
      this.#writeAt = rest.length;
      this.#readAt = 0;
      this.#length -= take;
    } else {
      this.#advance(take, filled);
    }
    return taken;
  }

  /** Drops everything; returns how many bytes that was. */
  clear(): number {
    const dropped = this.#length;
    this.#blocks = [];
    this.#readAt = this.#writeAt = this.#length = 0;
    return dropped;
  }

  #writableBlock(wanted: number): Uint8Array<ArrayBuffer> {
    const last = this.#blocks[this.#blocks.length - 1];
    if (last !== undefined && this.#writeAt < last.length) return last;
    // In proportion to what is queued, so that little of it stays empty.
    const size = Math.max(wanted, this.#length >> 3, MIN_BLOCK);
    const block = new Uint8Array(Math.min(MAX_BLOCK, size));
    this.#blocks.push(block);
    this.#writeAt = 0;
    return block;
  }

  #advance(bytes: number, filled: number): void {
    this.#length -= bytes;
    this.#readAt += bytes;
    if (this.#readAt < filled) return;
    this.#readAt = 0;
    if (this.#blocks.length > 1) {
      this.#blocks.shift();
    } else {
      // An empty queue keeps one small block for what comes next.
      this.#writeAt = 0;
      if (this.#blocks[0].length > MIN_BLOCK) this.#blocks = [];
    }
  }
}
