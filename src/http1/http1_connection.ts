import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "../adapters/socket.ts";
import { type DuplexHooks, SocketDuplex } from "../adapters/socket_duplex.ts";
import { type Closable, CLOSE_MS, MAX_CLOSE_MS } from "../connection.ts";
import type { ConnectionOptions } from "../connection_options.ts";
import { ConnectError, type H2ConnError } from "../errors.ts";
import type { Responder } from "../responder.ts";
import { MAX_DELAY, Timer } from "../timer.ts";
import { passed, tickOf } from "../watchdog.ts";
import { Http1Exchange } from "./http1_exchange.ts";
import { refusal } from "./refusal.ts";

/** What an HTTP/1.x connection waits for. */
type Phase = "first request" | "next request" | "head" | "response" | "close";

/** A connection of HTTP/1.x, with its timers; `node:http` parses it. */
export class Http1Connection implements Closable, DuplexHooks {
  readonly socket: Socket;
  readonly duplex: SocketDuplex;
  readonly options: ConnectionOptions;
  /** Resolves when the socket is closed. */
  readonly gone: Promise<void>;
  #onGone!: () => void;
  readonly #responder: Responder;
  readonly #tick: number;
  readonly #timer = new Timer(() => this.#look(), { ref: false });
  readonly #closeTimer = new Timer(() => this.duplex.destroy());
  /** The request that is answered, and those pipelined after it. */
  readonly #exchanges: Http1Exchange[] = [];
  #phase: Phase = "first request";
  #since = performance.now();
  #lastByte = this.#since;
  #lastProgress = this.#since;
  #lastProbe = this.#since;
  #isDraining = false;
  #error: H2ConnError | undefined;

  constructor(
    socket: Socket,
    options: ConnectionOptions,
    responder: Responder,
  ) {
    this.socket = socket;
    this.options = options;
    this.#responder = responder;
    this.gone = new Promise((resolve) => this.#onGone = resolve);
    this.duplex = new SocketDuplex(socket, this);
    this.#tick = tickOf(options.timeouts);
    this.#timer.set(this.#tick);
  }

  /** Starts to read, with the bytes that came before. */
  start(firstBytes?: Uint8Array): void {
    this.socket.start(this.duplex);
    if (firstBytes !== undefined) this.duplex.onData(firstBytes);
  }

  /** Whether the response of this exchange is to be the last. */
  isLast(exchange: Http1Exchange): boolean {
    return this.#isDraining && this.#exchanges.at(-1) === exchange;
  }

  /** The parser found a request. */
  onRequest(message: IncomingMessage, response: ServerResponse): void {
    const exchange = new Http1Exchange(this, this.#responder, {
      message,
      response,
    });
    this.#exchanges.push(exchange);
    // One after the other, as they have to be answered.
    if (this.#exchanges.length > 1) {
      if (this.#exchanges.length === 2) this.duplex.hold();
      return;
    }
    this.socket.ref();
    this.#enter("response");
    queueMicrotask(() => {
      // What came with it may have been malformed.
      if (this.#phase === "response") this.#run(exchange);
    });
  }

  /** The parser gave up on what came. */
  onParseError(status: number): void {
    const [exchange] = this.#exchanges;
    if (!this.#exchanges.at(-1)?.isReceiving) return this.refuse(status);
    const error = new ConnectError(
      "tcp",
      "Connection was closed: a request is malformed",
    );
    if (this.#exchanges.length > 1 || exchange.hasSentHead) {
      return this.close(error);
    }
    exchange.onLost(error);
    this.duplex.write(refusal(status));
    this.end(error);
  }

  /** Answers with a status alone, and closes; first come those before it. */
  refuse(status: number): void {
    if (this.#phase === "close") return;
    this.#isDraining = true;
    if (this.#exchanges.length > 0) return;
    this.duplex.write(refusal(status));
    this.end();
  }

  drain(): void {
    this.#isDraining = true;
    if (this.#exchanges.length === 0) this.end();
  }

  close(error: H2ConnError): void {
    this.#error ??= error;
    this.duplex.destroy();
  }

  /** Sends what is written and then FIN, with the error if that is one. */
  end(error?: H2ConnError): void {
    if (this.#phase === "close") return;
    this.#error ??= error;
    this.#enter("close");
    this.socket.ref();
    this.duplex.destroySoon();
  }

  onBytes(): void {
    this.#lastByte = performance.now();
    const isIdle = this.#phase === "first request" ||
      this.#phase === "next request";
    if (isIdle) this.#enter("head");
  }

  onProgress(): void {
    this.#lastProgress = performance.now();
  }

  /**
   * A socket that is closed while the peer still sends makes TCP drop what the
   * peer has not read yet: it is kept until the peer closes, or is silent.
   */
  onFin(): void {
    if (this.#phase !== "close") this.#enter("close");
    this.#closeTimer.set(CLOSE_MS);
  }

  onDropped(): void {
    if (!this.duplex.writableFinished) return;
    const left = this.#since + MAX_CLOSE_MS - performance.now();
    this.#closeTimer.set(Math.min(CLOSE_MS, left));
  }

  onGone(cause: Error | undefined): void {
    this.#timer.clear();
    this.#closeTimer.clear();
    this.#phase = "close";
    const error = this.#error ?? new ConnectError(
      "tcp",
      `Connection was lost: ${cause?.message ?? "the peer closed it"}`,
      { cause },
    );
    for (const exchange of this.#exchanges.splice(0)) exchange.onLost(error);
    this.#onGone();
  }

  async #run(exchange: Http1Exchange): Promise<void> {
    await exchange.run();
    if (this.#phase === "close") return;
    if (exchange.isLast) return this.end();
    this.#exchanges.shift();
    const [next] = this.#exchanges;
    if (this.#exchanges.length === 1) this.duplex.release();
    if (next !== undefined) return this.#run(next);
    if (this.#isDraining) return this.end();
    this.#enter("next request");
    // An idle connection keeps no program alive.
    this.socket.unref();
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#since = performance.now();
  }

  #look(): void {
    this.#timer.set(this.#tick);
    const now = performance.now();
    const { connectTimeout, headersTimeout, idleTimeout, writeTimeout } =
      this.options.timeouts;
    if (this.duplex.writableLength === 0) this.#lastProgress = now;
    else if (passed(now, this.#lastProgress, writeTimeout)) {
      return this.#giveUp(
        `Peer took nothing of what was sent for ${writeTimeout} ms`,
      );
    }
    switch (this.#phase) {
      case "first request":
        if (passed(now, this.#since, connectTimeout)) this.end();
        break;
      case "next request":
        if (passed(now, this.#since, idleTimeout)) this.end();
        break;
      case "head":
        if (passed(now, this.#since, headersTimeout)) this.refuse(408);
        break;
      case "response":
        this.#findSilent(now);
    }
  }

  /**
   * HTTP/1.1 has no PING: who is silent in the midst of a request for as long
   * as PING would find out is taken for dead.
   */
  #findSilent(now: number): void {
    const { pingInterval, pingTimeout } = this.options.timeouts;
    const isWaiting = this.duplex.isReading &&
      this.#exchanges.at(-1)!.awaitsContent;
    const silence = pingInterval > 0 ? pingInterval + pingTimeout : MAX_DELAY;
    if (passed(now, this.#lastProbe, pingInterval)) {
      this.#lastProbe = now;
      this.duplex.probe();
    }
    if (!isWaiting) this.#lastByte = now;
    else if (passed(now, this.#lastByte, silence)) {
      this.#giveUp(`Peer sent nothing of its request for ${silence} ms`);
    }
  }

  #giveUp(message: string): void {
    this.close(new ConnectError("tcp", message));
  }
}
