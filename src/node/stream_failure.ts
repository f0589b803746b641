import { constants, type Http2Stream } from "node:http2";
import { dialError } from "../adapters/socket_errors.ts";
import {
  ConnectError,
  GoawayError,
  type H2ConnError,
  ProtocolError,
  ResetError,
} from "../errors.ts";
import type { NodeError, SessionWatch } from "./session_watch.ts";

/** What is known of a stream that was cut. */
export interface StreamFailure {
  readonly stream: Http2Stream;
  readonly watch: SessionWatch;
  /** Whether the connection was gone when the stream was cut. */
  readonly isLost: boolean;
  /** What the stream emitted, if anything. */
  readonly error: NodeError | undefined;
}

/** The one place where an end of a stream becomes an error of ours. */
export function streamError(failure: StreamFailure): H2ConnError {
  const { stream, watch, isLost, error: cause } = failure;
  const { goaway } = watch;
  if (isDropped(failure)) {
    return new GoawayError(goaway?.code ?? 0, {
      retryable: true,
      debug: goaway?.debug,
      cause,
    });
  }
  const isReset = cause === undefined ||
    cause.code === "ERR_HTTP2_STREAM_ERROR";
  if (isReset && !isLost) {
    return new ResetError(stream.rstCode ?? 0, { remote: true, cause });
  }
  if (goaway !== undefined && goaway.code !== 0) {
    const { code, debug } = goaway;
    return new GoawayError(code, { retryable: false, debug, cause });
  }
  switch (cause?.code) {
    case "ERR_HTTP2_ERROR":
    case "ERR_HTTP2_SESSION_ERROR":
      return new ProtocolError("PROTOCOL_ERROR", cause.message, { cause });
    case "ERR_HTTP2_INVALID_SESSION":
      return requestError(cause, watch);
  }
  return new ConnectError("tcp", "Connection was lost", { cause });
}

/** Why a session takes no request. */
export function requestError(
  cause: NodeError,
  watch: SessionWatch,
): H2ConnError {
  if (cause.code === "ERR_HTTP2_GOAWAY_SESSION") {
    return new GoawayError(watch.goaway?.code ?? 0, { retryable: true, cause });
  }
  if (watch.error !== undefined && !watch.hasSettings) {
    const isTls = watch.isTls && watch.error.syscall !== "connect";
    const during = isTls ? "tls" : "tcp";
    return dialError(watch.error, during, "the server of this session");
  }
  return new ConnectError("http2", "The session is closed", {
    cause: watch.error ?? cause,
  });
}

/** Whether GOAWAY says that the peer has not acted on the stream. */
function isDropped({ stream, watch, error }: StreamFailure): boolean {
  if (error?.code === "ERR_HTTP2_GOAWAY_SESSION") return true;
  const { session, goaway } = watch;
  return goaway !== undefined &&
    session.type === constants.NGHTTP2_SESSION_CLIENT &&
    (stream.id === undefined || stream.id > goaway.lastStreamId);
}
