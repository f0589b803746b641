import type { ServerResponse } from "node:http";
import {
  type OutgoingResponse,
  outgoingResponse,
} from "../outgoing_response.ts";
import type { ResponseBody } from "../response_body.ts";

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
  const { body, ...head } = outgoingResponse(response, to.method);
  try {
    setHead(to, head, response.statusText);
    if (body === undefined) to.message.end();
    else await new BodySender(to).send(body);
  } catch (error) {
    body?.cancel(error);
    throw error;
  }
}

function setHead(
  { message, isLast }: Outgoing,
  { status, fields }: Omit<OutgoingResponse, "body">,
  statusText: string,
): void {
  const headers = new Map<string, string[]>();
  for (const [name, value] of fields) {
    const values = headers.get(name);
    if (values === undefined) headers.set(name, [value]);
    else values.push(value);
  }
  // There are no trailers, and node:http throws for their names.
  headers.delete("trailer");
  for (const [name, values] of headers) {
    message.setHeader(name, values.length === 1 ? values[0] : values);
  }
  if (isLast) message.setHeader("connection", "close");
  message.statusCode = status;
  // That of a fetched response may hold what node:http throws for; nobody needs
  // it (RFC 9112 section 4).
  if (/^[\t\x20-\x7e\x80-\xff]+$/.test(statusText)) {
    message.statusMessage = statusText;
  }
}

/**
 * Sends a body. One that is there at once, such as a string, leaves with its
 * length; the headers of any other leave before it.
 */
class BodySender {
  readonly #message: ServerResponse;
  readonly #signal: AbortSignal;
  readonly #turn = setImmediate(() => this.#flushTurn());
  /** The first chunk, until it is known whether there is another. */
  #first: Uint8Array | undefined;
  #hasFlushed = false;

  constructor({ message, signal }: Outgoing) {
    this.#message = message;
    this.#signal = signal;
  }

  /** The body is the caller's to cancel if it fails. */
  async send(body: ResponseBody): Promise<void> {
    const onAbort = () => body.cancel(this.#signal.reason);
    this.#signal.addEventListener("abort", onAbort);
    try {
      for (let chunk = await body.next(); chunk; chunk = await body.next()) {
        await this.#write(chunk);
      }
      if (!this.#signal.aborted) this.#message.end(this.#first);
    } catch (error) {
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
