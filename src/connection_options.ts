import { DEFAULT_WINDOWS } from "./http2/receive_window.ts";
import type { SessionFeatures, SessionLimits } from "./http2/session.ts";
import { ArgumentError } from "./errors.ts";

/** What one session bears from its peer. Every limit has a default. */
export interface Limits {
  /** Streams that the peer may have open at once. Default 256. */
  maxConcurrentStreams?: number;
  /** Bytes of one header list. Default 65 536. */
  maxHeaderListSize?: number;
  /** Fields of one header list. Default 256. */
  maxHeaderFields?: number;
  /** Control frames that wait for a peer that does not read. Default 10 000. */
  maxQueuedFrames?: number;
  /** Streams reset in 10 s, by the peer or because of it. Default 1000. */
  maxResets?: number;
  /** Frames without content in 10 s. Default 10 000. */
  maxIdleFrames?: number;
}

/** How far a peer may send ahead of the readers, in bytes. */
export interface Windows {
  /** What each stream may hold unread from its start. Default 32 KiB. */
  initialStreamWindow?: number;
  /** What a stream may grow to while its reader keeps up. Default 4 MiB. */
  maxStreamWindow?: number;
  /** What all streams of a session may grow by together. Default 4 MiB. */
  growth?: number;
}

/** How long to wait, in milliseconds; 0 is for ever. */
export interface Timeouts {
  /** TCP, then TLS, then the peer's SETTINGS. Default 10 000 each. */
  connectTimeout?: number;
  /** A request's response headers. Default 10 000. */
  headersTimeout?: number;
  /** The peer's word that it took our SETTINGS. Default 10 000. */
  settingsTimeout?: number;
  /** A session without streams. Default 60 000. */
  idleTimeout?: number;
  /** A peer that takes no byte of what waits. Default 30 000. */
  writeTimeout?: number;
  /** Silence before a PING while streams are open. Default 30 000. */
  pingInterval?: number;
  /** The answer to a PING. Default 10 000. */
  pingTimeout?: number;
}

/** All options of a session, complete. */
export interface ConnectionOptions {
  readonly features: SessionFeatures;
  readonly limits: SessionLimits;
  readonly timeouts: Readonly<Required<Timeouts>>;
}

const DEFAULT_LIMITS: Readonly<Required<Limits>> = Object.freeze({
  maxConcurrentStreams: 256,
  maxHeaderListSize: 64 * 1024,
  maxHeaderFields: 256,
  maxQueuedFrames: 10_000,
  maxResets: 1000,
  maxIdleFrames: 10_000,
});

const DEFAULT_TIMEOUTS: Readonly<Required<Timeouts>> = Object.freeze({
  connectTimeout: 10_000,
  headersTimeout: 10_000,
  settingsTimeout: 10_000,
  idleTimeout: 60_000,
  writeTimeout: 30_000,
  pingInterval: 30_000,
  pingTimeout: 10_000,
});

/** Fills in defaults; throws {@linkcode ArgumentError} at a bad value. */
export function connectionOptions(options: {
  limits?: Limits;
  windows?: Windows;
  timeouts?: Timeouts;
  enableConnectProtocol?: boolean;
}): ConnectionOptions {
  const limits = complete(DEFAULT_LIMITS, options.limits, "limits");
  const windows = complete(DEFAULT_WINDOWS, options.windows, "windows");
  atLeast("windows.initialStreamWindow", windows.initialStreamWindow, 1);
  atLeast("limits.maxHeaderListSize", limits.maxHeaderListSize, 1024);
  atLeast("limits.maxHeaderFields", limits.maxHeaderFields, 8);
  if (windows.maxStreamWindow > MAX_STREAM_WINDOW) {
    throw new ArgumentError(
      `Option windows.maxStreamWindow may be 2^30 at most`,
    );
  }
  const session = limits.maxConcurrentStreams * windows.initialStreamWindow +
    windows.growth;
  if (session > 2 ** 31 - 1) {
    throw new ArgumentError(
      "limits.maxConcurrentStreams times windows.initialStreamWindow, plus " +
        "windows.growth, is over 2^31-1 bytes",
    );
  }
  return {
    features: { enableConnectProtocol: options.enableConnectProtocol },
    limits: {
      maxConcurrentStreams: limits.maxConcurrentStreams,
      maxHeaderListSize: limits.maxHeaderListSize,
      maxHeaderFields: limits.maxHeaderFields,
      maxQueuedFrames: limits.maxQueuedFrames,
      rates: { resets: limits.maxResets, idleFrames: limits.maxIdleFrames },
      windows,
    },
    timeouts: complete(DEFAULT_TIMEOUTS, options.timeouts, "timeouts"),
  };
}

/** Checks a grace in milliseconds; throws {@linkcode ArgumentError}. */
export function checkGrace(graceMs: number): number {
  if (typeof graceMs === "number" && graceMs >= 0) return graceMs;
  throw new ArgumentError(
    `A grace must be a number of milliseconds from 0 on, not "${graceMs}"`,
  );
}

/** Leaves room for what a stream may hold before it knows our SETTINGS. */
const MAX_STREAM_WINDOW = 2 ** 30;

function atLeast(name: string, value: number, least: number): void {
  if (value >= least) return;
  throw new ArgumentError(`Option ${name} must be at least ${least}`);
}

function complete<T extends object>(
  defaults: Readonly<T>,
  given: Partial<T> | undefined,
  group: string,
): T {
  const result = { ...defaults };
  for (const [name, value] of Object.entries(given ?? {})) {
    if (!(name in defaults)) {
      throw new ArgumentError(`Option "${group}.${name}" is not known`);
    }
    if (value === undefined) continue;
    if (
      !Number.isInteger(value) || (value as number) < 0 ||
      (value as number) > 2 ** 31 - 1
    ) {
      throw new ArgumentError(
        `Option ${group}.${name} must be a whole number from 0 to 2^31-1, ` +
          `not "${value}"`,
      );
    }
    (result as Record<string, unknown>)[name] = value;
  }
  return result;
}
