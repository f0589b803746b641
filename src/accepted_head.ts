import { ArgumentError } from "./errors.ts";
import { headerFields } from "./header_fields.ts";
import type { Field } from "./transport.ts";

/** What a request is accepted with, checked. */
export interface AcceptedHead {
  readonly status: number;
  readonly fields: Field[];
}

/**
 * The head of the response that accepts. Throws {@linkcode ArgumentError} for a
 * status or header that is not allowed.
 */
export function acceptedHead(
  { status = 200, headers = {} }: { status?: number; headers?: HeadersInit },
): AcceptedHead {
  if (!Number.isInteger(status) || status < 200 || status > 299) {
    throw new ArgumentError(
      `Cannot accept with status "${status}": it is not in 200 to 299`,
    );
  }
  if (status === 204 || status === 205) {
    throw new ArgumentError(`Cannot accept with ${status}: it has no content`);
  }
  return { status, fields: headerFields(headers) };
}
