/** The longest delay that every runtime's timers take. */
export const MAX_DELAY: number = 2 ** 31 - 1;

/** One timer that can be set again, and need not keep the program alive. */
export class Timer {
  readonly #onFire: () => void;
  #handle: ReturnType<typeof setTimeout> | undefined;
  #isRef = true;

  constructor(onFire: () => void, options: { ref?: boolean } = {}) {
    this.#onFire = onFire;
    this.#isRef = options.ref ?? true;
  }

  /** Fires after `delay` milliseconds; earlier if that is over 24 days. */
  set(delay: number): void {
    this.clear();
    this.#handle = setTimeout(() => {
      this.#handle = undefined;
      this.#onFire();
    }, Math.min(Math.max(delay, 0), MAX_DELAY));
    this.#applyRef();
  }

  clear(): void {
    if (this.#handle === undefined) return;
    clearTimeout(this.#handle);
    this.#handle = undefined;
  }

  /** Whether the timer keeps the program alive while it is set. */
  setRef(isRef: boolean): void {
    this.#isRef = isRef;
    this.#applyRef();
  }

  #applyRef(): void {
    // Server runtimes give an object for a handle; a plain number has no ref.
    const handle = this.#handle as
      | { ref?(): void; unref?(): void }
      | undefined;
    if (this.#isRef) handle?.ref?.();
    else handle?.unref?.();
  }
}
