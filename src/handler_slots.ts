/**
 * Bounds how many handlers of one connection run at once. A client that resets
 * its streams does not stop their handlers: they count until they are done.
 */
export class HandlerSlots {
  readonly #max: number;
  #taken = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get areTaken(): boolean {
    return this.#taken >= this.#max;
  }

  /** Runs the handler in a slot of its own. */
  async fill(run: () => Promise<void>): Promise<void> {
    this.#taken++;
    try {
      await run();
    } finally {
      this.#taken--;
    }
  }
}
