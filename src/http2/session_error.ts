import { ERROR_CODE, type ErrorCode } from "./error_code.ts";

/**
 * A connection error (RFC 9113 section 5.4.1): the session answers it with
 * GOAWAY of this code and ends.
 */
export class SessionError extends Error {
  override readonly name = "SessionError";
  readonly code: number;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = ERROR_CODE[code];
  }
}

/**
 * A stream error (RFC 9113 section 5.4.2): the stream is reset with this code
 * and the session goes on.
 */
export class StreamError extends Error {
  override readonly name = "StreamError";
  readonly code: number;
  readonly streamId: number;

  constructor(streamId: number, code: ErrorCode, message: string) {
    super(message);
    this.code = ERROR_CODE[code];
    this.streamId = streamId;
  }
}
