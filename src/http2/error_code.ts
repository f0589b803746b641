/** Name of an HTTP/2 error code (RFC 9113 section 7). */
export type ErrorCode =
  | "NO_ERROR"
  | "PROTOCOL_ERROR"
  | "INTERNAL_ERROR"
  | "FLOW_CONTROL_ERROR"
  | "SETTINGS_TIMEOUT"
  | "STREAM_CLOSED"
  | "FRAME_SIZE_ERROR"
  | "REFUSED_STREAM"
  | "CANCEL"
  | "COMPRESSION_ERROR"
  | "CONNECT_ERROR"
  | "ENHANCE_YOUR_CALM"
  | "INADEQUATE_SECURITY"
  | "HTTP_1_1_REQUIRED";

const NAMES: readonly ErrorCode[] = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
];

/** The number of each error code on the wire. */
export const ERROR_CODE: Readonly<Record<ErrorCode, number>> = Object.freeze(
  Object.fromEntries(NAMES.map((name, code) => [name, code])),
) as Record<ErrorCode, number>;

/**
 * The name of a code from the wire. Unknown codes are to be treated as
 * INTERNAL_ERROR (RFC 9113 section 7).
 */
export function errorCodeName(code: number): ErrorCode {
  return NAMES[code] ?? "INTERNAL_ERROR";
}
