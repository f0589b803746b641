import { SessionError } from "./session_error.ts";

/** How much of each kind a peer may do in {@linkcode WINDOW_MS}. */
export interface RateLimits {
  /** Streams reset, by the peer or because of what it sent. Default 1000. */
  resets: number;
  /**
   * Frames that carry nothing: PING, SETTINGS, PRIORITY, WINDOW_UPDATE, empty
   * DATA, unknown types. Each DATA frame in either direction allows four more.
   * Default 10 000.
   */
  idleFrames: number;
}

/** Over how long {@linkcode RateLimits} count, in milliseconds. */
export const WINDOW_MS = 10_000;

/** How many idle frames one SETTINGS or GOAWAY or 1xx response counts for. */
export const HEAVY = 10;

const FRAMES_PER_DATA = 4;

/**
 * Ends a session whose peer makes work and no progress: rapid reset
 * (CVE-2023-44487), its server-made kind, and floods of frames that cost the
 * sender little (CVE-2019-9512 and kin).
 */
export class RateGuard {
  #limits: RateLimits;
  #resets = 0;
  #idleFrames = 0;
  #windowStart = 0;

  constructor(limits: RateLimits) {
    this.#limits = limits;
  }

  /** Says what time it is, in milliseconds of any steady clock. */
  tick(now: number): void {
    const elapsed = now - this.#windowStart;
    if (elapsed < WINDOW_MS / 10) return;
    // A bucket that leaks evenly: no burst is forgiven at a window's edge.
    const kept = Math.max(0, 1 - elapsed / WINDOW_MS);
    this.#resets *= kept;
    this.#idleFrames *= kept;
    this.#windowStart = now;
  }

  reset(): void {
    if (++this.#resets > this.#limits.resets) {
      throw new SessionError(
        "ENHANCE_YOUR_CALM",
        `More than ${this.#limits.resets} streams reset in 10 s`,
      );
    }
  }

  idleFrame(weight = 1): void {
    this.#idleFrames += weight;
    if (this.#idleFrames > this.#limits.idleFrames) {
      throw new SessionError(
        "ENHANCE_YOUR_CALM",
        `More than ${this.#limits.idleFrames} frames without content in 10 s`,
      );
    }
  }

  dataFrame(): void {
    this.#idleFrames = Math.max(0, this.#idleFrames - FRAMES_PER_DATA);
  }
}
