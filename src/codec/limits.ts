import { ArgumentError, MessageError } from "../errors.ts";

const DEFAULT_MAX_MESSAGE_SIZE = 1024 * 1024;

/** Options of all codecs whose messages vary in size. */
export interface MessageOptions {
  /**
   * Most bytes of one message, sent or received, without what delimits it.
   * Default 1 MiB.
   */
  maxMessageSize?: number;
  /**
   * A marker follows the last message each way, and the end of a stream
   * without it is an error. Both sides must set it. It is for transports that
   * cannot tell EOF from a cut: those whose `supports.truthfulEof` is false.
   * Default false.
   */
  endMarker?: boolean;
}

/** Options of a codec that can send heartbeats. */
export interface HeartbeatOptions {
  /**
   * Milliseconds without anything sent before a heartbeat, which is no message.
   * Proxies cut streams that carry nothing for a minute or half, and a PING
   * does not count; 20 000 is enough for most. Default: none.
   */
  heartbeatInterval?: number;
}

/** Throws {@linkcode ArgumentError} for an option that is no such number. */
export function checkNumber(name: string, value: number, max: number): number {
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw new ArgumentError(
      `Option ${name} must be a whole number from 1 to ${max}, not "${value}"`,
    );
  }
  return value;
}

export function maxMessageSize(
  options: MessageOptions,
  max = 2 ** 31 - 1,
): number {
  const size = options.maxMessageSize ?? DEFAULT_MAX_MESSAGE_SIZE;
  return checkNumber("maxMessageSize", size, max);
}

export function heartbeatOf(
  bytes: Uint8Array,
  options: HeartbeatOptions,
): { bytes: Uint8Array; interval: number } | undefined {
  if (options.heartbeatInterval === undefined) return undefined;
  const interval = checkNumber(
    "heartbeatInterval",
    options.heartbeatInterval,
    2 ** 31 - 1,
  );
  return { bytes, interval };
}

/** Refuses to send a message that is too large. */
export function checkSendSize(size: number, max: number): void {
  if (size <= max) return;
  throw new ArgumentError(
    `Cannot send a message of ${size} bytes: maxMessageSize is ${max}`,
  );
}

/** Refuses what was received, of a message that may not even be complete. */
export function checkReceiveSize(size: number, max: number): void {
  if (size <= max) return;
  throw new MessageError(
    "limit",
    `Received message is larger than maxMessageSize, ${max} bytes`,
  );
}

/** For a stream that ended within a message. */
export function truncated(received: number): MessageError {
  return new MessageError(
    "truncated",
    `Stream ended within a message, after ${received} bytes of it`,
  );
}
