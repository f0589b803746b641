import {
  ERROR_CODE,
  type ErrorCode,
  errorCodeName,
} from "./http2/error_code.ts";

/** The stable `code` of every error that h2conn throws. */
export type H2ConnErrorCode =
  | "ERR_INVALID_ARGUMENT"
  | "ERR_NOT_SUPPORTED"
  | "ERR_TIMEOUT"
  | "ERR_RESET"
  | "ERR_GOAWAY"
  | "ERR_STATUS"
  | "ERR_CLOSED"
  | "ERR_CONNECT"
  | "ERR_LISTEN"
  | "ERR_PROTOCOL"
  | "ERR_MESSAGE";

/**
 * What all errors of h2conn have in common: a stable {@linkcode code} to
 * decide by, a message to read, and the `cause` where there is one.
 *
 * @example Tell a reset from other failures
 * ```ts
 * import { H2ConnError, ResetError } from "@h2conn/h2conn";
 *
 * function describe(error: unknown): string {
 *   if (error instanceof ResetError) return `reset with ${error.h2Code.name}`;
 *   if (error instanceof H2ConnError) return error.code;
 *   return "not ours";
 * }
 * console.log(describe(new ResetError("CANCEL", { remote: true })));
 * ```
 */
export class H2ConnError extends Error {
  /** The name of the class. */
  override readonly name: string = "H2ConnError";
  /** Which kind of error it is; it does not change between versions. */
  readonly code: H2ConnErrorCode;

  /** Makes an error of the given code. */
  constructor(code: H2ConnErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An argument or option is not what it must be. Thrown at the call. */
export class ArgumentError extends H2ConnError {
  /** Always `"ArgumentError"`. */
  override readonly name = "ArgumentError";

  /** Makes an error with code `ERR_INVALID_ARGUMENT`. */
  constructor(message: string, options?: ErrorOptions) {
    super("ERR_INVALID_ARGUMENT", message, options);
  }
}

/**
 * The peer or this transport cannot do what was asked: mostly, the other side
 * speaks HTTP/1.x only. Go's `h2conn.ErrHTTP2NotSupported`.
 */
export class NotSupportedError extends H2ConnError {
  /** Always `"NotSupportedError"`. */
  override readonly name = "NotSupportedError";

  /** Makes an error with code `ERR_NOT_SUPPORTED`. */
  constructor(message: string, options?: ErrorOptions) {
    super("ERR_NOT_SUPPORTED", message, options);
  }
}

/**
 * A deadline passed, as with Go's `os.ErrDeadlineExceeded`. The Conn is as
 * usable as before once the deadline is moved.
 */
export class TimeoutError extends H2ConnError {
  /** Always `"TimeoutError"`. */
  override readonly name = "TimeoutError";
  /** How many bytes of a write were sent before it timed out. */
  readonly bytesWritten: number;

  /** Makes an error with code `ERR_TIMEOUT`. */
  constructor(
    message: string,
    options?: ErrorOptions & { bytesWritten?: number },
  ) {
    super("ERR_TIMEOUT", message, options);
    this.bytesWritten = options?.bytesWritten ?? 0;
  }
}

/** A code of RST_STREAM or GOAWAY (RFC 9113 section 7). */
export interface H2Code {
  /** Its name; `INTERNAL_ERROR` for numbers that the RFC does not know. */
  readonly name: ErrorCode;
  /** Its number on the wire. */
  readonly number: number;
}

/** The stream was reset (RST_STREAM, RFC 9113 section 6.4). */
export class ResetError extends H2ConnError {
  /** Always `"ResetError"`. */
  override readonly name = "ResetError";
  /** The code that it was reset with. */
  readonly h2Code: H2Code;
  /** Whether the peer reset it; otherwise this side did. */
  readonly remote: boolean;

  /** Makes an error with code `ERR_RESET`. */
  constructor(
    h2Code: ErrorCode | number,
    options: ErrorOptions & { remote: boolean; message?: string },
  ) {
    const code = toH2Code(h2Code);
    const by = options.remote ? "by the peer" : "by this side";
    super(
      "ERR_RESET",
      options.message ?? `Stream was reset ${by} with ${code.name}`,
      options,
    );
    this.h2Code = code;
    this.remote = options.remote;
  }
}

/** GOAWAY dropped the stream (RFC 9113 section 6.8). */
export class GoawayError extends H2ConnError {
  /** Always `"GoawayError"`. */
  override readonly name = "GoawayError";
  /** The code that the peer gave. */
  readonly h2Code: H2Code;
  /** Whether the peer has not acted on the request: it is safe to repeat. */
  readonly retryable: boolean;

  /** Makes an error with code `ERR_GOAWAY`. */
  constructor(
    h2Code: ErrorCode | number,
    options: ErrorOptions & { retryable: boolean; debug?: string },
  ) {
    const code = toH2Code(h2Code);
    const debug = options.debug ? `: "${options.debug}"` : "";
    super(
      "ERR_GOAWAY",
      `Peer closed the session with GOAWAY ${code.name}${debug}`,
      options,
    );
    this.h2Code = code;
    this.retryable = options.retryable;
  }
}

/**
 * A response was not 2xx. Thrown by a handler or by `accept`, it says which
 * status to answer with.
 */
export class StatusError extends H2ConnError {
  /** Always `"StatusError"`. */
  override readonly name = "StatusError";
  /** The status, 300 to 599. */
  readonly status: number;
  /** The response's headers. */
  readonly headers: Headers;
  /** The start of the response's body, as text. */
  readonly body: string;

  /** Makes an error with code `ERR_STATUS`. */
  constructor(
    status: number,
    options: ErrorOptions & {
      message?: string;
      headers?: HeadersInit;
      body?: string;
    } = {},
  ) {
    super(
      "ERR_STATUS",
      options.message ?? `Server answered with status ${status}`,
      options,
    );
    this.status = status;
    this.headers = new Headers(options.headers);
    this.body = options.body ?? "";
  }

  /** The response that tells a client of this error. */
  toResponse(): Response {
    const { status } = this;
    const headers = new Headers(this.headers);
    // A client's error has the start of a body, as text.
    headers.delete("content-encoding");
    headers.delete("content-length");
    const body = status === 304 ? null : this.body || `${this.message}\n`;
    return new Response(body, { status, headers });
  }
}

/** The Conn, Client or Server was closed on this side. */
export class ClosedError extends H2ConnError {
  /** Always `"ClosedError"`. */
  override readonly name = "ClosedError";
  /** How many bytes of a write were sent before the close. */
  readonly bytesWritten: number;

  /** Makes an error with code `ERR_CLOSED`. */
  constructor(
    message: string,
    options?: ErrorOptions & { bytesWritten?: number },
  ) {
    super("ERR_CLOSED", message, options);
    this.bytesWritten = options?.bytesWritten ?? 0;
  }
}

/** Where a connection failed. */
export type ConnectPhase = "dns" | "tcp" | "tls" | "http2";

/**
 * A connection could not be made, or was lost: {@linkcode phase} says where,
 * and the message what to do about it.
 */
export class ConnectError extends H2ConnError {
  /** Always `"ConnectError"`. */
  override readonly name = "ConnectError";
  /** The layer that failed. */
  readonly phase: ConnectPhase;

  /** Makes an error with code `ERR_CONNECT`. */
  constructor(phase: ConnectPhase, message: string, options?: ErrorOptions) {
    super("ERR_CONNECT", message, options);
    this.phase = phase;
  }
}

/** A server could not listen: its port is taken, or may not be used. */
export class ListenError extends H2ConnError {
  /** Always `"ListenError"`. */
  override readonly name = "ListenError";

  /** Makes an error with code `ERR_LISTEN`. */
  constructor(message: string, options?: ErrorOptions) {
    super("ERR_LISTEN", message, options);
  }
}

/** The peer broke HTTP/2, or a limit. The session is over. */
export class ProtocolError extends H2ConnError {
  /** Always `"ProtocolError"`. */
  override readonly name = "ProtocolError";
  /** The code of the GOAWAY that ended the session. */
  readonly h2Code: H2Code;

  /** Makes an error with code `ERR_PROTOCOL`. */
  constructor(
    h2Code: ErrorCode | number,
    message: string,
    options?: ErrorOptions,
  ) {
    super("ERR_PROTOCOL", message, options);
    this.h2Code = toH2Code(h2Code);
  }
}

/**
 * What is wrong with a message: it is not of the codec's format, it is over a
 * limit, or the stream ended within it.
 */
export type MessageFault = "malformed" | "limit" | "truncated";

/** A codec of `./codec` cannot go on with the messages of a Conn. */
export class MessageError extends H2ConnError {
  /** Always `"MessageError"`. */
  override readonly name = "MessageError";
  /** What is wrong. */
  readonly fault: MessageFault;

  /** Makes an error with code `ERR_MESSAGE`. */
  constructor(fault: MessageFault, message: string, options?: ErrorOptions) {
    super("ERR_MESSAGE", message, options);
    this.fault = fault;
  }
}

function toH2Code(code: ErrorCode | number): H2Code {
  const number = typeof code === "number" ? code : ERROR_CODE[code];
  return { name: errorCodeName(number), number };
}
