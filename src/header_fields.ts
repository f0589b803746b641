import { ArgumentError } from "./errors.ts";
import { fieldFault } from "./http2/field_validation.ts";
import type { Field } from "./transport.ts";

/**
 * Headers of a caller as fields for the wire. Throws
 * {@linkcode ArgumentError} at one that HTTP/2 does not allow (RFC 9113
 * section 8.2).
 */
export function headerFields(
  init: HeadersInit,
  what: "header" | "trailer" = "header",
): Field[] {
  const fields: Field[] = [];
  for (const [name, value] of toEntries(init)) {
    const fault = fieldFault(name, value);
    if (fault !== undefined) throw new ArgumentError(`Cannot send: ${fault}`);
    // Of the upgrade that RFC 7540 section 3.2 had; node:http2 throws for it.
    if (name === "http2-settings") {
      throw new ArgumentError(`Cannot send: header "${name}" is of HTTP/1.1`);
    }
    if (what === "trailer" && NOT_IN_TRAILERS.has(name)) {
      throw new ArgumentError(`Cannot send: "${name}" may not be a trailer`);
    }
    fields.push([name, value]);
  }
  return fields;
}

/** Fields from the wire as headers; several cookies become one. */
export function toHeaders(fields: readonly Field[]): Headers {
  const headers = new Headers();
  const cookies: string[] = [];
  for (const [name, value] of fields) {
    if (name === "cookie") cookies.push(value);
    else headers.append(name, value);
  }
  // RFC 9113 section 8.2.3.
  if (cookies.length > 0) headers.set("cookie", cookies.join("; "));
  return headers;
}

/** Fields that frame or route a message (RFC 9110 section 6.5.1). */
const NOT_IN_TRAILERS = new Set([
  "content-encoding",
  "content-length",
  "content-range",
  "content-type",
  "host",
  "te",
  "trailer",
]);

function toEntries(init: HeadersInit): Iterable<[string, string]> {
  try {
    return init instanceof Headers ? init : new Headers(init);
  } catch (cause) {
    throw new ArgumentError(
      `Cannot send headers: ${(cause as Error).message}`,
      { cause },
    );
  }
}
