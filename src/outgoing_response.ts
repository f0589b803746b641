import { ArgumentError, H2ConnError } from "./errors.ts";
import { CONNECTION_FIELDS, fieldFault } from "./http2/field_validation.ts";
import { ResponseBody, wrongLength } from "./response_body.ts";
import type { StreamConn } from "./stream_conn.ts";
import type { Field } from "./transport.ts";

/** What of a handler's response goes out. */
export interface OutgoingResponse {
  readonly status: number;
  readonly fields: readonly Field[];
  /** The content, undefined if there is none. */
  readonly body: ResponseBody | undefined;
}

/**
 * Looks at a handler's response to a request of this method. Throws
 * {@linkcode ArgumentError} for one that cannot be sent as it is, and drops its
 * body.
 */
export function outgoingResponse(
  response: Response,
  method: string,
): OutgoingResponse {
  try {
    return checked(response, method);
  } catch (error) {
    discardBody(response);
    throw error;
  }
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
  body: ResponseBody,
  conn: StreamConn,
): Promise<void> {
  conn.closed.catch((error) => body.cancel(error));
  try {
    for (let chunk = await body.next(); chunk; chunk = await body.next()) {
      await conn.write(chunk);
    }
    await conn.close();
  } catch (cause) {
    conn.abort({ code: "INTERNAL_ERROR", cause });
    body.cancel(cause);
    // A client that left is no error of the handler's.
    if (!(cause instanceof H2ConnError) || cause instanceof ArgumentError) {
      throw cause;
    }
  }
}

function checked(response: Response, method: string): OutgoingResponse {
  if (response.bodyUsed || response.body?.locked) {
    throw new ArgumentError("Cannot answer: the response's body is in use");
  }
  // That of Response.error() is 0.
  const status = response.status || 500;
  // Deno and Bun make a Response of 101; what is informational is not final.
  if (status < 200) {
    throw new ArgumentError(`Cannot answer with status ${status}`);
  }
  const fields = responseFields(response, status);
  const length = contentLength(fields);
  const { body } = response;
  if (!mayHaveContent(method, status)) {
    discardBody(response);
    return { status, fields, body: undefined };
  }
  if (body !== null) {
    return { status, fields, body: new ResponseBody(body, length) };
  }
  // The client would wait for it, or take the next response for it.
  if (length) throw wrongLength(length);
  return { status, fields, body: undefined };
}

/**
 * A response's headers as fields. Those of HTTP/1.1 connections are left out,
 * so that a handler need not know the version (RFC 9113 section 8.2.2).
 */
function responseFields({ headers }: Response, status: number): Field[] {
  // RFC 9110 section 8.6.
  const hasNoLength = status === 204 || status === 205;
  const fields: Field[] = [];
  for (const [name, value] of headers) {
    if (CONNECTION_FIELDS.has(name)) continue;
    if (name === "content-length" && hasNoLength) continue;
    const fault = fieldFault(name, value);
    if (fault !== undefined) throw new ArgumentError(`Cannot answer: ${fault}`);
    fields.push([name, value]);
  }
  return fields;
}

function contentLength(fields: readonly Field[]): number | undefined {
  const length = fields.find(([name]) => name === "content-length")?.[1];
  if (length === undefined) return undefined;
  if (/^[0-9]{1,15}$/.test(length)) return Number(length);
  throw new ArgumentError(`Cannot answer: content-length "${length}"`);
}
