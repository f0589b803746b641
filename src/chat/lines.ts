/** Lines that were entered and wait to be taken. */
export class Lines implements AsyncIterable<string> {
  readonly #lines: string[] = [];
  #isEnded = false;
  #wake: (() => void) | undefined;

  push(line: string): void {
    this.#lines.push(line);
    this.#wake?.();
  }

  /** There are no more; those that wait are dropped. */
  end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<string> {
    while (!this.#isEnded) {
      const line = this.#lines.shift();
      if (line !== undefined) yield line;
      else await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}
