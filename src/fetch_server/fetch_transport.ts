import type { Addr } from "../addr.ts";
import { ArgumentError, type H2ConnError, ResetError } from "../errors.ts";
import type { LazyPromise } from "../lazy_promise.ts";
import type { Supports, Transport, TransportHandler } from "../transport.ts";
import type { FetchExchange, FetchServer } from "./fetch_server.ts";
import { IncomingBody } from "./incoming_body.ts";
import { OutgoingBody } from "./outgoing_body.ts";

/** What a {@linkcode FetchTransport} is made of. */
export interface FetchTransportOptions {
  readonly server: FetchServer;
  readonly request: Request;
  /** What the server gave the handler besides the request. */
  readonly info: object;
  readonly remoteAddr: Addr | undefined;
  /** Settled once the response has been sent whole, or was cut. */
  readonly completed: LazyPromise<void>;
}

/** A request's body and a response's as the transport below a Conn. */
export class FetchTransport implements Transport {
  readonly supports: Supports;
  readonly localAddr = undefined;
  readonly remoteAddr: Addr | undefined;
  readonly #server: FetchServer;
  readonly #conn: TransportHandler;
  readonly #completed: LazyPromise<void>;
  readonly #exchange: FetchExchange;
  readonly #incoming: IncomingBody;
  readonly #outgoing: OutgoingBody;
  /** While it is not sure that the peer has ended its side. */
  #confirming: Promise<void> | undefined;
  #hasEnded = false;
  #hasPeerEnded = false;
  #hasFailed = false;

  constructor(conn: TransportHandler, options: FetchTransportOptions) {
    const { server, request, info } = options;
    this.supports = server.supports;
    this.remoteAddr = options.remoteAddr;
    this.#server = server;
    this.#conn = conn;
    this.#completed = options.completed;
    this.#outgoing = new OutgoingBody(conn, () => this.#onCut());
    this.#incoming = new IncomingBody(request.body, {
      onData: (bytes, start, end) => conn.onData(bytes, start, end),
      onEnd: () => this.#confirming = this.#confirmEnd(),
      onError: (cause) => this.#onBroken(cause),
    });
    this.#exchange = server.open(request, info, {
      onCut: () => this.#onCut(),
      onDelivered: () => this.#onDelivered(),
      isAnswered: () => this.#outgoing.isTaken,
    });
  }

  /** The response's body. */
  get body(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#outgoing.stream;
  }

  /** Hands on what comes. */
  start(): void {
    this.#incoming.start();
  }

  schedule(): void {
    this.#outgoing.schedule();
  }

  end(): void {
    // A response that has ended hides whether the stream was cut before.
    if (this.#confirming) this.#confirming.then(() => this.#end());
    else this.#end();
  }

  reset(code: number): void {
    this.#fail(new ResetError(code, { remote: false }));
  }

  consume(bytes: number): void {
    this.#incoming.consume(bytes);
  }

  async flushed(): Promise<void> {
    await this.#confirming;
    if (!this.#hasEnded) return await this.#outgoing.flushed();
    await this.#completed.promise.catch(() => {});
  }

  /** The server keeps the program alive, not the Conn. */
  ref(): void {}

  unref(): void {}

  async #end(): Promise<void> {
    if (this.#hasFailed) return;
    this.#hasEnded = true;
    this.#outgoing.end();
    await this.#outgoing.flushed();
    try {
      await this.#exchange.delivered;
      this.#completed.resolve();
    } catch (cause) {
      this.#completed.reject(this.#cut(cause));
    }
  }

  async #confirmEnd(): Promise<void> {
    if (!this.#hasEnded) await this.#exchange.confirmEnd();
    this.#confirming = undefined;
    if (this.#hasFailed) return;
    if (this.#hasEnded && !this.supports.halfClose) return this.#onDeaf();
    this.#hasPeerEnded = true;
    this.#conn.onEnd([]);
  }

  #onDelivered(): void {
    if (this.#hasEnded) this.#onDeaf();
    else if (this.#outgoing.isTaken) this.#onCut();
    else {
      this.#fail(
        new ArgumentError(
          "The handler did not return the response of accept()",
        ),
      );
    }
  }

  /** The request's body cannot be read any more. */
  #onBroken(cause: unknown): void {
    if (this.#hasEnded && !this.supports.halfClose) this.#onDeaf(cause);
    else this.#onCut(cause);
  }

  /** With the response ends all that the server tells of; it is still sent. */
  #onDeaf(cause?: unknown): void {
    if (this.#hasPeerEnded) return;
    const message = `${this.#server.name} takes nothing from the client once ` +
      `the response has ended`;
    this.#stop(new ResetError("NO_ERROR", { remote: false, message, cause }));
  }

  #onCut(cause?: unknown): void {
    if (this.#hasEnded && this.#hasPeerEnded) return;
    this.#fail(this.#cut(cause));
  }

  #cut(cause: unknown): ResetError {
    const message = `Stream was cut by the peer; ${this.#server.name} does ` +
      `not say with which code`;
    return new ResetError("CANCEL", { remote: true, message, cause });
  }

  #fail(error: H2ConnError): void {
    this.#outgoing.error(this.#server.abortReason(error));
    this.#completed.reject(error);
    this.#stop(error);
  }

  #stop(error: H2ConnError): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#incoming.stop();
    this.#conn.onFailure(error);
  }
}
