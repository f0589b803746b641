const MAX_REMEMBERED = 4096;

/**
 * Remembers how the latest streams closed, since that decides what a late
 * frame for one of them means (RFC 9113 section 5.1, "closed").
 */
export class ClosedStreams {
  readonly #wasReset = new Map<number, boolean>();

  add(streamId: number, resetHere: boolean): void {
    // To the end, if it was known before.
    this.#wasReset.delete(streamId);
    this.#wasReset.set(streamId, resetHere);
    if (this.#wasReset.size > MAX_REMEMBERED) {
      for (const oldest of this.#wasReset.keys()) {
        this.#wasReset.delete(oldest);
        break;
      }
    }
  }

  /** Whether it closed lately, in whatever way. */
  has(streamId: number): boolean {
    return this.#wasReset.has(streamId);
  }

  /** Whether we reset it, so that frames of it may still be on their way. */
  wasResetHere(streamId: number): boolean {
    return this.#wasReset.get(streamId) === true;
  }
}
