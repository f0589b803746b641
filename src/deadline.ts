import { ArgumentError } from "./errors.ts";
import { Timer } from "./timer.ts";

/**
 * A deadline as of Go's `net.Conn`: an absolute time that holds for pending and
 * later calls until it is moved. It has a timer only while a call waits.
 */
export class Deadline {
  #at = Infinity;
  #isWatched = false;
  #isRef = true;
  readonly #onPass: () => void;
  /** Made on first use: most Conns never have a deadline. */
  #timer: Timer | undefined;

  constructor(onPass: () => void) {
    this.#onPass = onPass;
  }

  get hasPassed(): boolean {
    return this.#at !== Infinity && this.#at <= Date.now();
  }

  /** Milliseconds since the epoch; Infinity for none. */
  set(at: number): void {
    this.#at = at;
    if (this.#isWatched) this.#check();
  }

  /** Says whether a call waits for the deadline. */
  watch(isWatched: boolean): void {
    if (isWatched === this.#isWatched) return;
    this.#isWatched = isWatched;
    if (isWatched) this.#check();
    else this.#timer?.clear();
  }

  setRef(isRef: boolean): void {
    this.#isRef = isRef;
    this.#timer?.setRef(isRef);
  }

  #check(): void {
    this.#timer?.clear();
    if (!this.#isWatched || this.#at === Infinity) return;
    const left = this.#at - Date.now();
    if (left <= 0) return this.#onPass();
    this.#timer ??= new Timer(() => this.#check(), { ref: this.#isRef });
    this.#timer.set(left);
  }
}

/** Milliseconds since the epoch; throws {@linkcode ArgumentError}. */
export function deadlineTime(at: Date | number | null): number {
  if (at === null) return Infinity;
  const time = at instanceof Date ? at.getTime() : at;
  if (typeof time !== "number" || Number.isNaN(time)) {
    throw new ArgumentError(
      `Cannot set a deadline: "${at}" is not a Date, a number of milliseconds or null`,
    );
  }
  return time;
}
