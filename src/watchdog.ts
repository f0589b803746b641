import { ConnectError, type H2ConnError, ProtocolError } from "./errors.ts";
import type { Session } from "./http2/session.ts";
import type { Timeouts } from "./connection_options.ts";
import { Timer } from "./timer.ts";

/** What the watchdog asks and tells. */
export interface WatchdogHooks {
  /** Whether bytes wait for the peer to take them. */
  hasOutput(): boolean;
  /** No stream has been open for the idle timeout. */
  onIdle(): void;
  /** The peer is dead, or does as if. */
  onDead(error: H2ConnError): void;
}

/** Who waits for the answer to a PING. */
interface PingWaiter {
  readonly id: number;
  resolve(): void;
  reject(error: unknown): void;
}

/** The longest time between two looks, in milliseconds. */
const MAX_TICK = 1000;

/** Finds dead, silent and stalling peers with one timer per connection. */
export class Watchdog {
  readonly #timeouts: Readonly<Required<Timeouts>>;
  readonly #session: Session;
  readonly #hooks: WatchdogHooks;
  readonly #timer: Timer;
  readonly #tick: number;
  readonly #start = performance.now();
  #lastByte = this.#start;
  #lastProgress = this.#start;
  #idleSince = this.#start;
  #insideSince = 0;
  #messages = 0;
  #credits = 0;
  #hasSettings = false;
  #hasSettingsAck = false;
  #pingId = 0;
  #pingSent = 0;
  #waiting: PingWaiter[] = [];
  /** Close as soon as no stream is open. */
  isDraining = false;

  constructor(
    timeouts: Readonly<Required<Timeouts>>,
    session: Session,
    hooks: WatchdogHooks,
  ) {
    this.#timeouts = timeouts;
    this.#session = session;
    this.#hooks = hooks;
    this.#tick = tickOf(timeouts);
    this.#timer = new Timer(() => this.#look(), { ref: false });
    this.#timer.set(this.#tick);
  }

  /** Milliseconds of the clock that timeouts run by. */
  get now(): number {
    return performance.now();
  }

  get silence(): number {
    return this.now - this.#lastByte;
  }

  onBytes(): void {
    this.#lastByte = this.now;
  }

  onProgress(): void {
    this.#lastProgress = this.now;
  }

  onStreamOpened(): void {
    this.#idleSince = Infinity;
  }

  onIdle(): void {
    this.#idleSince = this.now;
  }

  onSettings(): void {
    this.#hasSettings = true;
  }

  onSettingsAck(): void {
    this.#hasSettingsAck = true;
  }

  onPingAck(id: number): void {
    if (id === this.#pingId) this.#pingSent = 0;
    while (this.#waiting.length > 0 && this.#waiting[0].id <= id) {
      this.#waiting.shift()!.resolve();
    }
  }

  /** Resolves once the peer has everything that was sent before this. */
  ping(): Promise<void> {
    const answered = new Promise<void>((resolve, reject) => {
      this.#sendPing();
      this.#waiting.push({ id: this.#pingId, resolve, reject });
    });
    answered.catch(() => {});
    return answered;
  }

  stop(): void {
    this.#timer.clear();
    const error = new ConnectError("tcp", "Connection was lost");
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  #sendPing(): void {
    this.#pingId++;
    if (!this.#isUnanswered) this.#pingSent = this.now;
    this.#session.ping(this.#pingId);
  }

  /** One that other bytes answered says nothing of the silence after them. */
  get #isUnanswered(): boolean {
    return this.#pingSent > 0 && this.#lastByte < this.#pingSent;
  }

  #look(): void {
    const now = this.now;
    const dead = this.#findDead(now);
    if (dead !== undefined) return this.#hooks.onDead(dead);
    const { idleTimeout, pingInterval } = this.#timeouts;
    if (passed(now, this.#idleSince, idleTimeout)) {
      return this.#hooks.onIdle();
    }
    const isOpen = this.#session.openStreams > 0;
    const isSilent = isOpen && passed(now, this.#lastByte, pingInterval);
    if (isSilent && !this.#isUnanswered) this.#sendPing();
    this.#timer.set(this.#tick);
  }

  #findDead(now: number): H2ConnError | undefined {
    const timeouts = this.#timeouts;
    if (!this.#hasSettings) {
      if (!passed(now, this.#start, timeouts.connectTimeout)) return undefined;
      return new ConnectError(
        "http2",
        `Peer sent no SETTINGS within ${timeouts.connectTimeout} ms: ` +
          `does it speak HTTP/2?`,
      );
    }
    if (
      !this.#hasSettingsAck &&
      passed(now, this.#start, timeouts.settingsTimeout)
    ) {
      return new ProtocolError(
        "SETTINGS_TIMEOUT",
        `Peer did not acknowledge SETTINGS within ${timeouts.settingsTimeout} ms`,
      );
    }
    const { isInsideMessage, messages } = this.#session;
    // Busy peers are inside a message at most looks, but not inside the same.
    if (!isInsideMessage || messages !== this.#messages) {
      this.#insideSince = now;
      this.#messages = messages;
    } else if (passed(now, this.#insideSince, timeouts.headersTimeout)) {
      return new ProtocolError(
        "ENHANCE_YOUR_CALM",
        `Peer took over ${timeouts.headersTimeout} ms for one frame`,
      );
    }
    // A peer that gives credit reads, however long a slab takes to leave.
    const { credits } = this.#session;
    if (!this.#hooks.hasOutput() || credits !== this.#credits) {
      this.#lastProgress = now;
      this.#credits = credits;
    } else if (passed(now, this.#lastProgress, timeouts.writeTimeout)) {
      return new ConnectError(
        "tcp",
        `Peer took nothing of what was sent for ${timeouts.writeTimeout} ms`,
      );
    }
    if (
      this.#isUnanswered &&
      passed(now, this.#pingSent, timeouts.pingTimeout)
    ) {
      return new ConnectError(
        "tcp",
        `Peer did not answer a PING within ${timeouts.pingTimeout} ms`,
      );
    }
    return undefined;
  }
}

/** How often to look, in milliseconds. */
export function tickOf(timeouts: Readonly<Required<Timeouts>>): number {
  const shortest = Math.min(
    ...Object.values(timeouts).filter((timeout) => timeout > 0),
  );
  return Math.min(MAX_TICK, Math.max(10, shortest / 4));
}

/** Whether a timeout is over; 0 is for ever. */
export function passed(now: number, since: number, timeout: number): boolean {
  return timeout > 0 && now - since >= timeout;
}
