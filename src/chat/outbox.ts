/** How much may wait for one member. */
export interface OutboxLimits {
  readonly maxPosts: number;
  readonly maxBytes: number;
}

/**
 * What waits to be sent to one member. A member that reads too slowly is left
 * behind, and nobody waits for it: once the outbox is full, what comes is
 * dropped until the member has caught up, and then it is told how much.
 */
export class Outbox<Item> {
  readonly #limits: OutboxLimits;
  readonly #send: (item: Item) => Promise<void>;
  readonly #notice: (dropped: number) => Item;
  #items: { item: Item; size: number }[] = [];
  #bytes = 0;
  #dropped = 0;
  #isClosed = false;
  #sending: Promise<void> | undefined;

  constructor(
    limits: OutboxLimits,
    { send, notice }: {
      /** A failure ends the outbox: the member is gone. */
      send: (item: Item) => Promise<void>;
      notice: (dropped: number) => Item;
    },
  ) {
    this.#limits = limits;
    this.#send = send;
    this.#notice = notice;
  }

  /** Never waits, and never fails. */
  push(item: Item, size: number): void {
    if (this.#isClosed) return;
    if (this.#dropped > 0 || !this.#hasRoom(size)) {
      this.#dropped++;
      return;
    }
    this.#items.push({ item, size });
    this.#bytes += size;
    this.#sending ??= this.#sendAll();
  }

  /** Takes nothing more; resolves when all is sent, or cannot be. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#sending;
  }

  #hasRoom(size: number): boolean {
    return this.#items.length < this.#limits.maxPosts &&
      this.#bytes + size <= this.#limits.maxBytes;
  }

  async #sendAll(): Promise<void> {
    try {
      for (let next = this.#next(); next; next = this.#next()) {
        await this.#send(next.item);
      }
    } catch {
      this.#isClosed = true;
      this.#items = [];
    } finally {
      this.#sending = undefined;
    }
  }

  #next(): { item: Item } | undefined {
    const next = this.#items.shift();
    if (next !== undefined) {
      this.#bytes -= next.size;
      return next;
    }
    if (this.#dropped === 0) return undefined;
    const notice = { item: this.#notice(this.#dropped) };
    this.#dropped = 0;
    return notice;
  }
}
