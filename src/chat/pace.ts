import { Pause } from "./pause.ts";

/**
 * Lets a burst pass, and then so many a second: a token bucket. Who is faster
 * waits, and HTTP/2 flow control makes the sender wait too.
 */
export class Pace {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #pause = new Pause();
  #isEnded = false;
  #tokens: number;
  #filledAt = performance.now();

  constructor({ perSecond, burst }: { perSecond: number; burst: number }) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /** Resolves when it is time for the next one: false if it ended before. */
  async next(): Promise<boolean> {
    this.#fill();
    if (this.#tokens < 1) {
      await this.#pause.wait((1 - this.#tokens) * 1000 / this.#perSecond);
      if (this.#isEnded) return false;
      this.#fill();
    }
    this.#tokens--;
    return true;
  }

  /** Ends a wait, and waits no more. */
  end(): void {
    this.#isEnded = true;
    this.#pause.end();
  }

  #fill(): void {
    const now = performance.now();
    const gained = (now - this.#filledAt) / 1000 * this.#perSecond;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    this.#filledAt = now;
  }
}
