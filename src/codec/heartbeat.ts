import { Timer } from "../timer.ts";

/** Calls `beat` after each interval of silence. It keeps no program alive. */
export class Heartbeat {
  readonly #interval: number;
  readonly #beat: () => void;
  readonly #timer = new Timer(() => this.#check(), { ref: false });
  #lastAt = performance.now();

  constructor(interval: number, beat: () => void) {
    this.#interval = interval;
    this.#beat = beat;
    this.#timer.set(interval);
  }

  /** Something was sent. */
  touch(): void {
    this.#lastAt = performance.now();
  }

  stop(): void {
    this.#timer.clear();
  }

  #check(): void {
    const left = this.#lastAt + this.#interval - performance.now();
    this.#timer.set(left > 0 ? left : this.#interval);
    if (left > 0) return;
    this.touch();
    this.#beat();
  }
}
