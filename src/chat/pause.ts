import { Timer } from "../timer.ts";

/** Waits that can be ended early, for good. */
export class Pause {
  readonly #timer = new Timer(() => this.#resolve?.());
  #resolve: (() => void) | undefined;
  #isOver = false;

  async wait(ms: number): Promise<void> {
    if (this.#isOver) return;
    await new Promise<void>((resolve) => {
      this.#resolve = resolve;
      this.#timer.set(ms);
    });
  }

  end(): void {
    this.#isOver = true;
    this.#timer.clear();
    this.#resolve?.();
  }
}
