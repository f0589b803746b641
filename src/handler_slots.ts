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

  /** Takes one, if there is one; it has to be given back. */
  take(): boolean {
    if (this.areTaken) return false;
    this.#taken++;
    return true;
  }

  give(): void {
    this.#taken--;
  }
}
