import { ArgumentError } from "./errors.ts";
import { headerFields } from "./header_fields.ts";
import type { Field } from "./transport.ts";

/**
 * The headers of an informational response that a handler sends. Throws
 * {@linkcode ArgumentError} for a status or a header that is not allowed: 100
 * goes out by itself, and HTTP/2 knows no 101 (RFC 9113 section 8.6).
 */
export function informationalFields(
  headers: HeadersInit,
  status: number,
): Field[] {
  if (!Number.isInteger(status) || status < 102 || status > 199) {
    throw new ArgumentError(
      `Cannot inform with status "${status}": it is not in 102 to 199`,
    );
  }
  return headerFields(headers);
}
