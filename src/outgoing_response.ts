import { ArgumentError, H2ConnError } from "./errors.ts";
import { CONNECTION_FIELDS, fieldFault } from "./http2/field_validation.ts";
import type { StreamConn } from "./stream_conn.ts";
import type { Field } from "./transport.ts";

/**
 * A response's headers as fields. Those of HTTP/1.1 connections are left out,
 * so that a handler need not know the version (RFC 9113 section 8.2.2).
 */
export function responseFields(response: Response): Field[] {
  const fields: Field[] = [];
  for (const [name, value] of response.headers) {
    if (CONNECTION_FIELDS.has(name)) continue;
    const fault = fieldFault(name, value);
    if (fault !== undefined) throw new ArgumentError(`Cannot answer: ${fault}`);
    fields.push([name, value]);
  }
  return fields;
}

/** Whether a response may have content (RFC 9110 section 6.4.1). */
export function mayHaveContent(method: string, status: number): boolean {
  return method !== "HEAD" && status !== 204 && status !== 205 &&
    status !== 304;
}

/** Nobody is going to read it: whoever makes it is told. */
export function discardBody({ body }: Response): void {
  if (body && !body.locked) body.cancel().catch(() => {});
}

/** Sends a body and ends the stream; resets it if the body fails. */
export async function sendBody(
  body: ReadableStream<Uint8Array>,
  conn: StreamConn,
): Promise<void> {
  const reader = body.getReader();
  conn.closed.catch((error) => reader.cancel(error).catch(() => {}));
  try {
    for (let next = await reader.read(); !next.done;) {
      await conn.write(next.value);
      next = await reader.read();
    }
    await conn.close();
  } catch (cause) {
    conn.abort({ code: "INTERNAL_ERROR", cause });
    reader.cancel(cause).catch(() => {});
    // A client that left is no error of the handler's.
    if (!(cause instanceof H2ConnError) || cause instanceof ArgumentError) {
      throw cause;
    }
  }
}
