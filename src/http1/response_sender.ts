import type { ServerResponse } from "node:http";
import { notBytes } from "../buffer_check.ts";
import { ArgumentError } from "../errors.ts";
import {
  discardBody,
  mayHaveContent,
  responseFields,
} from "../outgoing_response.ts";

/** Where a response goes. */
export interface Outgoing {
  readonly message: ServerResponse;
  /** The request's. */
  readonly method: string;
  /** Whether the connection is to be closed after it. */
  readonly isLast: boolean;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

/**
 * Sends a response whole, or as far as the client is there. Rejects if its head
 * or its body is at fault.
 */
export async function sendResponse(
  response: Response,
  to: Outgoing,
): Promise<void> {
  const { message, method } = to;
  const status = response.status === 0 ? 500 : response.status;
  const { body } = response;
  if (body?.locked) throw new ArgumentError("The response's body is in use");
  const length = setHead(response, status, to);
  if (body !== null && mayHaveContent(method, status)) {
    await new BodySender(to, length).send(body);
  } else {
    // node:http would let the client wait for it, or take the next response
    // for it.
    if (length && mayHaveContent(method, status)) throw wrongLength(length);
    discardBody(response);
    message.end();
  }
}

/** Gives the length that the headers promise. */
function setHead(
  response: Response,
  status: number,
  { message, isLast }: Outgoing,
): number | undefined {
  const headers = new Map<string, string[]>();
  for (const [name, value] of responseFields(response)) {
    const values = headers.get(name);
    if (values === undefined) headers.set(name, [value]);
    else values.push(value);
  }
  // There are no trailers, and node:http throws for their names.
  headers.delete("trailer");
  // RFC 9110 section 8.6.
  if (status === 204 || status === 205) headers.delete("content-length");
  const length = headers.get("content-length")?.join();
  if (length !== undefined && !/^[0-9]{1,15}$/.test(length)) {
    throw new ArgumentError(`Cannot answer: content-length "${length}"`);
  }
  for (const [name, values] of headers) {
    message.setHeader(name, values.length === 1 ? values[0] : values);
  }
  if (isLast) message.setHeader("connection", "close");
  message.statusCode = status;
  // That of a fetched response may hold what node:http throws for; nobody needs
  // it (RFC 9112 section 4).
  const { statusText } = response;
  if (/^[\t\x20-\x7e\x80-\xff]+$/.test(statusText)) {
    message.statusMessage = statusText;
  }
  return length === undefined ? undefined : Number(length);
}

/**
 * Sends a body. One that is there at once, such as a string, leaves with its
 * length; the headers of any other leave before it.
 */
class BodySender {
  readonly #message: ServerResponse;
  readonly #signal: AbortSignal;
  readonly #length: number | undefined;
  readonly #turn = setImmediate(() => this.#flushTurn());
  /** The first chunk, until it is known whether there is another. */
  #first: Uint8Array | undefined;
  #hasFlushed = false;
  #sent = 0;

  constructor({ message, signal }: Outgoing, length: number | undefined) {
    this.#message = message;
    this.#signal = signal;
    this.#length = length;
  }

  async send(body: ReadableStream<Uint8Array>): Promise<void> {
    const reader = body.getReader();
    const cancel = (error: unknown) => reader.cancel(error).catch(() => {});
    const onAbort = () => cancel(this.#signal.reason);
    this.#signal.addEventListener("abort", onAbort);
    try {
      for (let next = await reader.read(); !next.done;) {
        await this.#write(next.value);
        next = await reader.read();
      }
      if (!this.#signal.aborted) this.#end();
    } catch (error) {
      cancel(error);
      // The client is to see that there was more to come. Node writes what it
      // got a little later.
      this.#flush();
      await new Promise((resolve) => setImmediate(resolve));
      throw error;
    } finally {
      clearImmediate(this.#turn);
      this.#signal.removeEventListener("abort", onAbort);
    }
  }

  async #write(chunk: Uint8Array): Promise<void> {
    if (!(chunk instanceof Uint8Array)) throw notBytes("write", chunk);
    if (chunk.length === 0) return;
    this.#sent += chunk.length;
    if (this.#sent > (this.#length ?? Infinity)) {
      throw wrongLength(this.#length!);
    }
    if (!this.#hasFlushed && this.#first === undefined) {
      this.#first = chunk;
      return;
    }
    this.#flush();
    if (this.#signal.aborted || this.#message.write(chunk)) return;
    await drained(this.#message, this.#signal);
  }

  /** What node:http throws at is thrown again at the next write. */
  #flushTurn(): void {
    try {
      this.#flush();
    } catch {
      this.#hasFlushed = false;
    }
  }

  #flush(): void {
    if (this.#hasFlushed || this.#signal.aborted) return;
    this.#hasFlushed = true;
    if (this.#first === undefined) this.#message.flushHeaders();
    else this.#message.write(this.#first);
    this.#first = undefined;
  }

  #end(): void {
    if (this.#length !== undefined && this.#sent < this.#length) {
      throw wrongLength(this.#length!);
    }
    this.#message.end(this.#first);
  }
}

function wrongLength(length: number): ArgumentError {
  return new ArgumentError(
    `Cannot answer: the body is not of its content-length ${length}`,
  );
}

/** Resolves when there is room for more, or the client is gone. */
function drained(message: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    function done() {
      message.off("drain", done);
      signal.removeEventListener("abort", done);
      resolve();
    }
    message.on("drain", done);
    signal.addEventListener("abort", done);
  });
}
