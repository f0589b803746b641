import type { PreparedRequest } from "./connect_options.ts";
import type { Connection } from "./connection.ts";
import {
  ConnectError,
  GoawayError,
  type H2ConnError,
  NotSupportedError,
  ResetError,
  StatusError,
} from "./errors.ts";
import { toHeaders } from "./header_fields.ts";
import { ERROR_CODE } from "./http2/error_code.ts";
import type { RequestHead, ResponseHead } from "./http2/field_validation.ts";
import type { Stream, StreamFailure, StreamHandler } from "./http2/stream.ts";
import type { OnPush } from "./push.ts";
import { PushedExchange } from "./pushed_exchange.ts";
import { Refusal, REFUSAL_MS } from "./refusal.ts";
import { StreamConn } from "./stream_conn.ts";
import {
  FULL_SUPPORT,
  streamError,
  StreamTransport,
} from "./stream_transport.ts";
import { Timer } from "./timer.ts";
import type { Field } from "./transport.ts";
import { watchSignal } from "./watch_signal.ts";

/** What a client's exchange asks of the pool of sessions. */
export interface ExchangeHooks {
  /** It failed before anything was sent, and may be tried again. */
  retry(exchange: ClientExchange): void;
  /** It was cancelled before it had a session. */
  cancel(exchange: ClientExchange): void;
}

/** What an exchange is made with, besides its request. */
export interface ExchangeOptions {
  /** Milliseconds for the response's headers, 0 for ever. */
  readonly headersTimeout: number;
  /** Takes what the server pushes. */
  readonly onPush: OnPush | undefined;
  readonly hooks: ExchangeHooks;
}

const MAX_ATTEMPTS = 3;

/** One request of a client: the Conn, and what becomes of it. */
export class ClientExchange {
  readonly conn: StreamConn;
  readonly #request: PreparedRequest;
  readonly #headersTimeout: number;
  readonly #onPush: OnPush | undefined;
  readonly #hooks: ExchangeHooks;
  #attempts = 0;

  constructor(request: PreparedRequest, options: ExchangeOptions) {
    const { hooks } = options;
    this.#request = request;
    this.#headersTimeout = options.headersTimeout;
    this.#onPush = options.onPush;
    this.#hooks = hooks;
    this.conn = new StreamConn({
      supports: FULL_SUPPORT,
      onCancel: () => hooks.cancel(this),
    });
    watchSignal(request.options.signal, this.conn);
  }

  /** Whether the Conn has ended before it began. */
  get isOver(): boolean {
    return this.conn.hasFailed;
  }

  /** Whether it can be told now if the connection will do. */
  canStart(connection: Connection): boolean {
    return this.#request.protocol === undefined ||
      connection.session.hasPeerSettings;
  }

  /** Opens a stream for it on this connection. */
  start(connection: Connection): void {
    if (this.isOver) return;
    this.#attempts++;
    const { peerSettings } = connection.session;
    if (
      this.#request.protocol !== undefined &&
      !peerSettings.enableConnectProtocol
    ) {
      return this.conn.onFailure(
        new NotSupportedError(
          `Server at ${this.#request.url.host} takes no extended CONNECT (RFC 8441)`,
        ),
      );
    }
    const limit = peerSettings.maxHeaderListSize;
    const size = listSize(this.#request.fields);
    if (size > limit) {
      return this.conn.onFailure(
        new StatusError(431, {
          message:
            `Headers are ${size} bytes, and the server takes ${limit} at most`,
        }),
      );
    }
    const stream = new ClientStream(connection, this.conn, {
      request: this.#request,
      headersTimeout: this.#headersTimeout,
      onPush: this.#onPush,
      canRetry: () => this.#canRetry(),
      retry: () => this.#hooks.retry(this),
    });
    stream.open();
  }

  /** No session could be had. */
  fail(error: H2ConnError): void {
    this.conn.onFailure(error);
  }

  #canRetry(): boolean {
    return this.#attempts < MAX_ATTEMPTS;
  }
}

interface ClientStreamOptions {
  readonly request: PreparedRequest;
  readonly headersTimeout: number;
  readonly onPush: OnPush | undefined;
  canRetry(): boolean;
  retry(): void;
}

/** One attempt: a stream, from its headers to the response's. */
class ClientStream extends StreamTransport {
  readonly #streamConn: StreamConn;
  readonly #options: ClientStreamOptions;
  readonly #timer: Timer;
  #refusal: Refusal | undefined;
  #hasResponse = false;
  /** Only there if somebody listens: pushes are refused otherwise. */
  readonly onPush: StreamHandler["onPush"];

  constructor(
    connection: Connection,
    conn: StreamConn,
    options: ClientStreamOptions,
  ) {
    super(connection, conn);
    this.#streamConn = conn;
    this.#options = options;
    this.#timer = new Timer(() => this.#onTimeout(), { ref: false });
    const { onPush } = options;
    this.onPush = onPush &&
      ((stream, head) => this.#takePush(stream, head, onPush));
  }

  open(): void {
    const { request, headersTimeout } = this.#options;
    this.stream = this.connection.request(request.fields, this);
    if (headersTimeout > 0) this.#timer.set(headersTimeout);
    this.#streamConn.attach(this);
    this.#streamConn.startWriting();
  }

  onInformational({ status, fields }: ResponseHead): void {
    const { onInformational } = this.#options.request.options;
    if (onInformational === undefined) return;
    const headers = toHeaders(fields);
    this.#tell(() => onInformational({ status, headers }));
  }

  onResponse(head: ResponseHead): void {
    this.#timer.clear();
    this.#hasResponse = true;
    const headers = toHeaders(head.fields);
    if (head.status < 200 || head.status > 299) {
      this.#refusal = new Refusal(head.status, headers);
      this.#timer.set(REFUSAL_MS);
      return;
    }
    const { url, method } = this.#options.request;
    this.#streamConn.open({
      protocol: "h2",
      url: url.href,
      method,
      status: head.status,
      headers,
      settings: this.connection.session.peerSettings,
    });
  }

  override onData(bytes: Uint8Array, start: number, end: number): void {
    if (this.#refusal === undefined) return super.onData(bytes, start, end);
    this.consume(end - start);
    this.#refusal.add(bytes, start, end);
    if (this.#refusal.isFull) this.#refuse();
  }

  override onEnd(trailers: readonly Field[]): void {
    if (this.#refusal === undefined) super.onEnd(trailers);
    else this.#refuse();
  }

  override onFailure(failure: StreamFailure): void {
    this.#timer.clear();
    const { canRetry, retry } = this.#options;
    const error = this.#refusal?.toError() ?? streamError(failure);
    const carriedNothing = !this.hasSent && !this.#hasResponse;
    if (carriedNothing && isRetryable(error) && canRetry()) {
      this.#streamConn.detach();
      return retry();
    }
    this.#streamConn.onFailure(error);
  }

  #takePush(stream: Stream, head: RequestHead, onPush: OnPush): StreamHandler {
    const { headersTimeout, request } = this.#options;
    const exchange = new PushedExchange(stream, head, {
      connection: this.connection,
      origin: request.url.origin,
      headersTimeout,
    });
    const push = exchange.toPush();
    this.#tell(() => onPush(push), () => push.cancel());
    return exchange;
  }

  /** Calls the program once the session is done with what it received. */
  async #tell(
    call: () => void | Promise<void>,
    onError?: () => void,
  ): Promise<void> {
    await undefined;
    try {
      await call();
    } catch (cause) {
      this.#streamConn.abort({ code: "INTERNAL_ERROR", cause });
      onError?.();
    }
  }

  #refuse(): void {
    this.#timer.clear();
    // If the server has ended its side only ours is left to cut.
    if (this.stream.isClosed) this.onFailure(CANCELLED);
    else this.reset(ERROR_CODE.CANCEL);
  }

  #onTimeout(): void {
    if (this.#refusal !== undefined) return this.#refuse();
    const { headersTimeout, request } = this.#options;
    const error = new ConnectError(
      "http2",
      `No response headers from ${request.url.host} within ${headersTimeout} ms`,
    );
    this.#streamConn.onFailure(error);
    this.reset(ERROR_CODE.CANCEL);
  }
}

const CANCELLED: StreamFailure = {
  kind: "reset",
  code: ERROR_CODE.CANCEL,
  remote: false,
};

function isRetryable(error: H2ConnError): boolean {
  return (error instanceof GoawayError && error.retryable) ||
    (error instanceof ResetError && error.remote &&
      error.h2Code.name === "REFUSED_STREAM");
}

/** As counted by SETTINGS_MAX_HEADER_LIST_SIZE (RFC 9113 section 6.5.2). */
function listSize(fields: readonly Field[]): number {
  let size = 0;
  for (const [name, value] of fields) size += name.length + value.length + 32;
  return size;
}
