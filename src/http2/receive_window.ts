/** How much a session lets its peer send ahead of the readers, in bytes. */
export interface WindowLimits {
  /**
   * What every stream may hold unread from its start. Default 32 KiB: with 256
   * streams, stalled readers hold at most 8 MiB and still stall nobody else.
   */
  initialStreamWindow: number;
  /** What a stream's window may grow to while its reader keeps up. */
  maxStreamWindow: number;
  /** What all streams of a session may grow by, together. */
  growth: number;
}

/** Defaults of {@linkcode WindowLimits}. */
export const DEFAULT_WINDOWS: Readonly<WindowLimits> = Object.freeze({
  initialStreamWindow: 32 * 1024,
  maxStreamWindow: 4 * 1024 * 1024,
  growth: 4 * 1024 * 1024,
});

const GROWTH_FACTOR = 4;

/**
 * A reader that takes a whole window within this many milliseconds may be held
 * up by it: the time is longer than most round trips.
 */
const GROWTH_MS = 500;

/** What streams may grow by; returned when they close. */
export class WindowPool {
  #left: number;
  readonly limits: Readonly<WindowLimits>;

  constructor(limits: Readonly<WindowLimits>) {
    this.limits = limits;
    this.#left = limits.growth;
  }

  take(wanted: number): number {
    const taken = Math.min(wanted, this.#left);
    this.#left -= taken;
    return taken;
  }

  give(back: number): void {
    this.#left += back;
  }
}

/**
 * The receiving end of a flow-control window (RFC 9113 section 5.2): counts
 * what the peer may still send, and says when to give credit. Credit is held
 * back until it is worth a frame.
 */
export class ReceiveWindow {
  /** What the peer may still send; below zero it broke the rule. */
  available: number;
  #size: number;
  #unreturned = 0;
  #taken = 0;
  #takenSince = 0;

  /** `available` differs from `size` before our SETTINGS are acknowledged. */
  constructor(size: number, available: number = size, now = 0) {
    this.#size = size;
    this.available = available;
    this.#takenSince = now;
  }

  get size(): number {
    return this.#size;
  }

  /** Counts bytes that the reader took; returns the credit to send, or 0. */
  consume(bytes: number): number {
    this.#unreturned += bytes;
    if (this.#unreturned * 2 < this.#size) return 0;
    return this.flush();
  }

  /** All credit that is held back. */
  flush(): number {
    const credit = this.#unreturned;
    this.#unreturned = 0;
    this.available += credit;
    return credit;
  }

  /** Makes the window larger; the next credit carries the difference. */
  grow(by: number): void {
    this.#size += by;
    this.#unreturned += by;
  }

  /**
   * Counts bytes that the reader took by `now`; returns what the window should
   * grow by, at most to `max`.
   */
  wantedGrowth(bytes: number, now: number, max: number): number {
    this.#taken += bytes;
    if (this.#taken < this.#size) return 0;
    const isFast = now - this.#takenSince < GROWTH_MS;
    this.#taken = 0;
    this.#takenSince = now;
    return isFast ? Math.min(this.#size * GROWTH_FACTOR, max) - this.#size : 0;
  }
}
