import { type Accepted, type Acceptor, makeAcceptable } from "./accept.ts";
import type { Connection } from "./connection.ts";
import { ArgumentError, NotSupportedError } from "./errors.ts";
import type { HandlerSlots } from "./handler_slots.ts";
import { toHeaders } from "./header_fields.ts";
import { ERROR_CODE } from "./http2/error_code.ts";
import { requestFields, type RequestHead } from "./http2/field_validation.ts";
import type { Stream, StreamFailure } from "./http2/stream.ts";
import { makeRequest } from "./incoming_request.ts";
import { LazyPromise } from "./lazy_promise.ts";
import {
  discardBody,
  outgoingResponse,
  sendBody,
} from "./outgoing_response.ts";
import { faultResponse, type Responder } from "./responder.ts";
import { StreamConn } from "./stream_conn.ts";
import { type InformedExchange, streamServeInfo } from "./stream_serve_info.ts";
import { FULL_SUPPORT, StreamTransport } from "./stream_transport.ts";
import type { Field } from "./transport.ts";

/** What the exchanges of one connection have in common. */
export interface ExchangeContext {
  readonly responder: Responder;
  readonly slots: HandlerSlots;
}

/** One request of a server: what carries it, and what becomes of it. */
export class ServerExchange extends StreamTransport
  implements Acceptor, InformedExchange {
  readonly #conn: StreamConn;
  readonly head: RequestHead;
  readonly #context: ExchangeContext;
  readonly #aborter = new AbortController();
  readonly #completed = new LazyPromise<void>();
  #request: Request | undefined;
  #isAccepted = false;
  #isAnswered = false;
  #hasSentHead = false;
  #hasContinued = false;
  #work: Promise<void> | undefined;

  constructor(
    connection: Connection,
    stream: Stream,
    head: RequestHead,
    context: ExchangeContext,
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
    this.head = head;
    this.#context = context;
    // The request is read before there is a response.
    conn.attach(this);
    if (stream.remoteEnded) conn.onEnd([]);
  }

  get scheme(): "http" | "https" {
    return this.connection.socket.isEncrypted ? "https" : "http";
  }

  get authority(): string {
    return this.#request!.headers.get("host") ?? "";
  }

  /** Goes to work once the session is done with what it received. */
  start(given?: Response): void {
    const { slots } = this.#context;
    const hasSlot = slots.take();
    queueMicrotask(() => {
      if (!hasSlot) this.stream.reset(ERROR_CODE.REFUSED_STREAM);
      else this.#run(given).finally(() => slots.give());
    });
  }

  accept(status: number, headers: readonly Field[]): Accepted {
    if (this.#isAccepted || this.#isAnswered) {
      throw new ArgumentError(
        "Cannot accept: the request was accepted or answered before",
      );
    }
    if (this.isPushed) {
      throw new NotSupportedError(
        "Cannot accept a pushed request: it carries nothing to read",
      );
    }
    this.#isAccepted = true;
    this.#sendHead(status, headers, false);
    this.#conn.startWriting();
    this.#conn.open({
      protocol: "h2",
      url: this.#request!.url,
      method: this.head.method,
      status,
      headers: this.#request!.headers,
      settings: this.connection.session.peerSettings,
    });
    const response = new Response(null, {
      status,
      headers: toHeaders(headers),
    });
    return { conn: this.#conn, response };
  }

  get isPushed(): boolean {
    return this.stream.id % 2 === 0;
  }

  get completed(): Promise<void> {
    return this.#completed.promise;
  }

  get slots(): HandlerSlots {
    return this.#context.slots;
  }

  push(head: RequestHead, response: Response | undefined): void {
    const { connection } = this;
    const stream = connection.session.push(this.stream, requestFields(head));
    const exchange = new ServerExchange(
      connection,
      stream,
      head,
      this.#context,
    );
    stream.handler = exchange;
    exchange.start(response);
  }

  sendInterim(status: number, fields: readonly Field[]): boolean {
    if (this.#hasSentHead || this.stream.isClosed) return false;
    this.stream.sendHeaders([[":status", String(status)], ...fields]);
    return true;
  }

  track(work: Promise<void>): void {
    this.#work = work;
  }

  report(error: unknown): void {
    this.#context.responder.report(error);
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

  /**
   * Sends a response, the handler's if none is given; it is done when the work
   * that the handler left behind is.
   */
  async #run(given: Response | undefined): Promise<void> {
    try {
      const response = given ?? await this.#ask();
      if (this.#isAccepted || this.stream.isClosed) discardBody(response);
      else await this.#answer(response);
      await this.#work;
    } catch (error) {
      this.report(error);
      if (!this.#hasSentHead) return await this.#answer(faultResponse());
      this.#conn.abort({ code: "INTERNAL_ERROR", cause: error });
    }
  }

  async #ask(): Promise<Response> {
    let response;
    try {
      this.#request = this.#makeRequest();
      makeAcceptable(this.#request, this);
      response = await this.#context.responder.ask(
        this.#request,
        streamServeInfo(this),
      );
    } catch (error) {
      if (this.#isAccepted) throw error;
      return await this.#context.responder.errorResponse(error);
    }
    if (!this.#isAccepted) return response;
    // Frameworks make a new Response of the one that accept() gave.
    if (response.status < 300 && response.body === null) return response;
    discardBody(response);
    throw new ArgumentError(
      "The handler accepted, and then answered otherwise " +
        `(status ${response.status}); return the response of accept()`,
    );
  }

  async #answer(response: Response): Promise<void> {
    this.#isAnswered = true;
    const { status, fields, body } = outgoingResponse(
      response,
      this.head.method,
    );
    const endStream = body === undefined && this.stream.remoteEnded;
    this.#sendHead(status, fields, endStream);
    this.#conn.startWriting();
    if (body === undefined) await this.#conn.close();
    else await sendBody(body, this.#conn);
  }

  #sendHead(status: number, fields: readonly Field[], endStream: boolean) {
    this.#hasSentHead = true;
    const head: Field[] = [[":status", String(status)]];
    if (!fields.some(([name]) => name === "date")) head.push(["date", now()]);
    this.stream.sendHeaders(head.concat(fields), endStream);
  }

  #makeRequest(): Request {
    return makeRequest(this.head, {
      scheme: this.scheme,
      takesConnect: this.connection.options.features.enableConnectProtocol,
      localAddr: this.localAddr,
      body: this.stream.remoteEnded && this.stream.unconsumed === 0
        ? undefined
        : {
          read: (p) => {
            this.#continue();
            return this.#conn.read(p);
          },
          readChunk: () => {
            this.#continue();
            return this.#conn.readChunk();
          },
          cancelRead: () => {},
        },
      signal: this.#aborter.signal,
    });
  }

  /** Asks for the content that a client holds back (RFC 9110 section 10.1.1). */
  #continue(): void {
    if (this.#hasContinued) return;
    this.#hasContinued = true;
    const expects = this.head.fields.some(([name, value]) =>
      name === "expect" && value.toLowerCase() === "100-continue"
    );
    if (expects) this.sendInterim(100, []);
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
