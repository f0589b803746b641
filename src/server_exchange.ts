import { type Accepted, type Acceptor, makeAcceptable } from "./accept.ts";
import type { Connection } from "./connection.ts";
import { ArgumentError } from "./errors.ts";
import { toHeaders } from "./header_fields.ts";
import type { RequestHead } from "./http2/field_validation.ts";
import type { Stream, StreamFailure } from "./http2/stream.ts";
import { makeRequest } from "./incoming_request.ts";
import { LazyPromise } from "./lazy_promise.ts";
import {
  discardBody,
  mayHaveContent,
  responseFields,
  sendBody,
} from "./outgoing_response.ts";
import type { Responder } from "./responder.ts";
import type { ServeInfo } from "./serve_info.ts";
import { StreamConn } from "./stream_conn.ts";
import { FULL_SUPPORT, StreamTransport } from "./stream_transport.ts";
import type { Field } from "./transport.ts";

/** One request of a server: what carries it, and what becomes of it. */
export class ServerExchange extends StreamTransport implements Acceptor {
  readonly #conn: StreamConn;
  readonly #head: RequestHead;
  readonly #responder: Responder;
  readonly #aborter = new AbortController();
  readonly #completed = new LazyPromise<void>();
  #request: Request | undefined;
  #isAccepted = false;
  #isAnswered = false;
  #work: Promise<void> | undefined;

  constructor(
    connection: Connection,
    stream: Stream,
    head: RequestHead,
    responder: Responder,
  ) {
    const conn = new StreamConn({
      supports: FULL_SUPPORT,
      // RFC 9113 section 8.1: the response is whole, the rest of the request
      // is not wanted, and nothing went wrong.
      lingerCode: "NO_ERROR",
    });
    super(connection, conn);
    this.stream = stream;
    this.#conn = conn;
    this.#head = head;
    this.#responder = responder;
    // The request is read before there is a response.
    conn.attach(this);
    if (stream.remoteEnded) conn.onEnd([]);
  }

  get authority(): string {
    return this.#request!.headers.get("host") ?? "";
  }

  /**
   * Asks the handler and sends what it answers; it is done when the work that
   * the handler left behind is.
   */
  async run(): Promise<void> {
    try {
      const response = await this.#ask();
      if (this.#isAccepted || this.stream.isClosed) discardBody(response);
      else await this.#answer(response);
      await this.#work;
    } catch (error) {
      this.#conn.abort({ code: "INTERNAL_ERROR", cause: error });
      this.report(error);
    }
  }

  accept(status: number, headers: readonly Field[]): Accepted {
    if (this.#isAccepted || this.#isAnswered) {
      throw new ArgumentError(
        "Cannot accept: the request was accepted or answered before",
      );
    }
    this.#isAccepted = true;
    this.#sendHead(status, headers, false);
    this.#conn.startWriting();
    this.#conn.open({
      protocol: "h2",
      url: this.#request!.url,
      method: this.#head.method,
      status,
      headers: this.#request!.headers,
    });
    const response = new Response(null, {
      status,
      headers: toHeaders(headers),
    });
    return { conn: this.#conn, response };
  }

  track(work: Promise<void>): void {
    this.#work = work;
  }

  report(error: unknown): void {
    this.#responder.report(error);
  }

  override end(trailers?: readonly Field[]): void {
    super.end(trailers);
    this.#completed.resolve();
  }

  override onFailure(failure: StreamFailure): void {
    super.onFailure(failure);
    this.#conn.closed.catch((error) => {
      this.#completed.reject(error);
      this.#aborter.abort(error);
    });
  }

  async #ask(): Promise<Response> {
    let response;
    try {
      this.#request = this.#makeRequest();
      makeAcceptable(this.#request, this);
      response = await this.#responder.ask(this.#request, this.#info());
    } catch (error) {
      if (this.#isAccepted) throw error;
      return await this.#responder.errorResponse(error);
    }
    if (!this.#isAccepted || response.status < 300) return response;
    throw new ArgumentError(
      `The handler accepted, and then answered with ${response.status}`,
    );
  }

  async #answer(response: Response): Promise<void> {
    this.#isAnswered = true;
    const status = response.status === 0 ? 500 : response.status;
    const { body } = response;
    if (body?.locked) throw new ArgumentError("The response's body is in use");
    const hasContent = body !== null &&
      mayHaveContent(this.#head.method, status);
    const endStream = !hasContent && this.stream.remoteEnded;
    this.#sendHead(status, responseFields(response), endStream);
    this.#conn.startWriting();
    if (hasContent) return await sendBody(body, this.#conn);
    discardBody(response);
    await this.#conn.close();
  }

  #sendHead(status: number, fields: readonly Field[], endStream: boolean) {
    const head: Field[] = [[":status", String(status)]];
    if (!fields.some(([name]) => name === "date")) head.push(["date", now()]);
    this.stream.sendHeaders(head.concat(fields), endStream);
  }

  #makeRequest(): Request {
    const { socket } = this.connection;
    return makeRequest(this.#head, {
      scheme: socket.isEncrypted ? "https" : "http",
      localAddr: socket.localAddr,
      body: this.stream.remoteEnded && this.stream.unconsumed === 0
        ? undefined
        : {
          read: (p) => this.#conn.read(p),
          readChunk: () => this.#conn.readChunk(),
          cancelRead: () => {},
        },
      signal: this.#aborter.signal,
    });
  }

  #info(): ServeInfo {
    const completed = this.#completed;
    return {
      protocol: "h2",
      localAddr: this.localAddr,
      remoteAddr: this.remoteAddr,
      get completed() {
        return completed.promise;
      },
    };
  }
}

let dateText = "";
let dateTime = 0;

/** The Date of RFC 9110 section 6.6.1, made once a second. */
function now(): string {
  const time = Math.floor(Date.now() / 1000);
  if (time !== dateTime) {
    dateTime = time;
    dateText = new Date(time * 1000).toUTCString();
  }
  return dateText;
}
