import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import type { Field } from "../transport.ts";

/** Fields as `node:http2` takes them; a name that comes twice has a list. */
export function toNodeHeaders(fields: readonly Field[]): OutgoingHttpHeaders {
  const headers: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of fields) {
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat();
  }
  return headers;
}

/** Headers of `node:http2` as fields, without the pseudo-header fields. */
export function fromNodeHeaders(
  headers: IncomingHttpHeaders | OutgoingHttpHeaders,
): Field[] {
  const fields: Field[] = [];
  for (const [name, values] of Object.entries(headers)) {
    if (name.startsWith(":") || values === undefined) continue;
    for (const value of [values].flat()) fields.push([name, String(value)]);
  }
  return fields;
}
