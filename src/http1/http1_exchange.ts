import type { IncomingMessage, ServerResponse } from "node:http";
import { ClosedError, type H2ConnError, StatusError } from "../errors.ts";
import { makeRequest } from "../incoming_request.ts";
import { LazyPromise } from "../lazy_promise.ts";
import { informationalFields } from "../informational.ts";
import { discardBody } from "../outgoing_response.ts";
import type { Responder } from "../responder.ts";
import type { HttpProtocol, ServeInfo } from "../serve_info.ts";
import { promisedRequest } from "../server_push.ts";
import { Timer } from "../timer.ts";
import type { Field } from "../transport.ts";
import type { Http1Connection } from "./http1_connection.ts";
import { interimResponse } from "./interim_response.ts";
import { RequestBody } from "./request_body.ts";
import { requestHead } from "./request_head.ts";
import { sendResponse } from "./response_sender.ts";

/** How long a request may go on after its response, in milliseconds. */
const MAX_REST_MS = 1000;

/** A request as `node:http` gives it. */
export interface Http1Call {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
}

/** One request of an HTTP/1.x connection, and what becomes of it. */
export class Http1Exchange {
  readonly #connection: Http1Connection;
  readonly #responder: Responder;
  readonly #message: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #body: RequestBody | undefined;
  readonly #aborter = new AbortController();
  readonly #completed = new LazyPromise<void>();
  /** Ends the wait for the rest of the request. */
  readonly #rest = new LazyPromise<void>();
  /** Whether the client waits for 100 before it sends the content. */
  #isHeldBack = false;
  #isLast = false;

  constructor(
    connection: Http1Connection,
    responder: Responder,
    { message, response }: Http1Call,
  ) {
    this.#connection = connection;
    this.#responder = responder;
    this.#message = message;
    this.#response = response;
    // The connection says what goes wrong.
    message.on("error", () => {});
    response.on("error", () => {});
    response.on("finish", () => this.#completed.resolve());
    if (hasContent(message)) {
      const { duplex } = connection;
      this.#isHeldBack = message.headers.expect?.toLowerCase() ===
        "100-continue";
      this.#body = new RequestBody(message, {
        onWanted: () => this.#continue(),
        hold: () => duplex.hold(),
        release: () => duplex.release(),
      });
    } else {
      message.resume();
    }
  }

  /** Whether the request is not whole yet. */
  get isReceiving(): boolean {
    return !this.#message.complete;
  }

  /** Whether the client is to send more of the request. */
  get awaitsContent(): boolean {
    return this.isReceiving && !this.#isHeldBack;
  }

  /** Whether the response says that it is the connection's last. */
  get isLast(): boolean {
    return this.#isLast;
  }

  /** Whether a final response has begun. */
  get hasSentHead(): boolean {
    return this.#response.headersSent;
  }

  /** Asks the handler and sends what it answers. Never rejects. */
  async run(): Promise<void> {
    try {
      const response = await this.#ask();
      if (this.#isLost) return discardBody(response);
      await this.#answer(response);
    } catch (error) {
      this.#responder.report(error);
      this.#fail(error);
    }
    await settled(this.#completed.promise);
    if (this.#isLost) return;
    this.#dropBody();
    if (this.isReceiving) await this.#receiveRest();
  }

  /** The connection is gone. */
  onLost(error: H2ConnError): void {
    this.#rest.resolve();
    if (this.#completed.isSettled) return;
    this.#completed.reject(error);
    this.#aborter.abort(error);
  }

  get #isLost(): boolean {
    return this.#aborter.signal.aborted;
  }

  async #ask(): Promise<Response> {
    try {
      const request = this.#makeRequest();
      return await this.#responder.ask(request, this.#info());
    } catch (error) {
      return await this.#responder.errorResponse(error);
    }
  }

  async #answer(response: Response): Promise<void> {
    // node:http drops what came along with a request that has Upgrade: nobody
    // may take the next response for that of a request that was dropped. And
    // content that was not asked for may come or not.
    this.#isLast = this.#message.headers.upgrade !== undefined ||
      this.#isHeldBack || this.#connection.isLast(this);
    await sendResponse(response, {
      message: this.#response,
      method: this.#message.method!,
      isLast: this.#isLast,
      signal: this.#aborter.signal,
    });
  }

  /** There is no response, or not all of it: the client is to see that. */
  #fail(cause: unknown): void {
    if (this.#isLost) return;
    if (this.hasSentHead) {
      const message = "Response was cut: its body failed";
      return this.#connection.end(new ClosedError(message, { cause }));
    }
    for (const name of this.#response.getHeaderNames()) {
      this.#response.removeHeader(name);
    }
    this.#response.statusCode = 500;
    this.#response.statusMessage = "";
    this.#response.end("Internal Server Error\n");
  }

  /** Without the whole request there can be no other on the connection. */
  async #receiveRest(): Promise<void> {
    const timer = new Timer(() => this.#rest.resolve(), { ref: false });
    timer.set(MAX_REST_MS);
    this.#message.once("close", () => this.#rest.resolve());
    await this.#rest.promise;
    timer.clear();
    if (this.isReceiving) this.#connection.end();
  }

  #dropBody(): void {
    if (this.#body === undefined) this.#message.resume();
    else this.#body.cancelRead();
  }

  #makeRequest(): Request {
    if (!(this.#protocol in SERVED)) {
      throw new StatusError(505, {
        message: "Only HTTP/1.0 and 1.1 are served",
      });
    }
    const { socket, options } = this.#connection;
    const scheme = socket.isEncrypted ? "https" : "http";
    const head = requestHead(this.#message, {
      scheme,
      maxFields: options.limits.maxHeaderFields,
    });
    return makeRequest(head, {
      scheme,
      localAddr: socket.localAddr,
      body: this.#body,
      signal: this.#aborter.signal,
    });
  }

  get #protocol(): HttpProtocol {
    return `http/${this.#message.httpVersion}` as HttpProtocol;
  }

  /** Asks for the content that a client holds back (RFC 9110 section 10.1.1). */
  #continue(): void {
    if (!this.#isHeldBack) return;
    this.#isHeldBack = false;
    if (!this.#isLost && !this.hasSentHead) this.#response.writeContinue();
  }

  #sendInterim(status: number, fields: readonly Field[]): boolean {
    const isLate = this.#isLost || this.hasSentHead;
    // RFC 9110 section 15.2: HTTP/1.0 defines none.
    if (isLate || this.#protocol === "http/1.0") return false;
    this.#connection.duplex.write(interimResponse(status, fields));
    return true;
  }

  #info(): ServeInfo {
    const completed = this.#completed;
    const { socket } = this.#connection;
    const scheme = socket.isEncrypted ? "https" : "http";
    return {
      protocol: this.#protocol,
      connectProtocol: undefined,
      push(path, init = {}) {
        promisedRequest(path, init, { scheme, authority: "" });
        return { pushed: false, reason: "http1" };
      },
      sendInformational: (headers, status = 103) =>
        this.#sendInterim(status, informationalFields(headers, status)),
      localAddr: socket.localAddr,
      remoteAddr: socket.remoteAddr,
      get completed() {
        return completed.promise;
      },
    };
  }
}

const SERVED = { "http/1.0": true, "http/1.1": true };

/** Whether there is content that a Request can hold. */
function hasContent({ headers, method }: IncomingMessage): boolean {
  if (method === "GET" || method === "HEAD") return false;
  return headers["transfer-encoding"] !== undefined ||
    Number(headers["content-length"] ?? 0) > 0;
}

function settled(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(() => {}, () => {});
}
