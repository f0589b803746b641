import { makeReadable } from "./conn_streams.ts";
import type { Connection } from "./connection.ts";
import { ConnectError } from "./errors.ts";
import { toHeaders } from "./header_fields.ts";
import { ERROR_CODE } from "./http2/error_code.ts";
import {
  MalformedMessage,
  type RequestHead,
  type ResponseHead,
} from "./http2/field_validation.ts";
import type { Stream, StreamFailure } from "./http2/stream.ts";
import { isAuthority } from "./incoming_request.ts";
import { LazyPromise } from "./lazy_promise.ts";
import { mayHaveContent } from "./outgoing_response.ts";
import type { Push } from "./push.ts";
import { StreamConn } from "./stream_conn.ts";
import {
  FULL_SUPPORT,
  streamError,
  StreamTransport,
} from "./stream_transport.ts";
import { Timer } from "./timer.ts";

/** Where a push came from, and how long it may take. */
export interface PushSource {
  readonly connection: Connection;
  /** The origin of the session: no push may be for another. */
  readonly origin: string;
  /** Milliseconds for the response's headers, 0 for ever. */
  readonly headersTimeout: number;
}

/** One pushed response of a client, from its promise on. */
export class PushedExchange extends StreamTransport {
  readonly #conn: StreamConn;
  readonly #source: PushSource;
  readonly #timer: Timer;
  readonly #response = new LazyPromise<Response>();
  readonly #request: Request;

  /**
   * Throws {@linkcode MalformedMessage} if the promised request is none, or of
   * another origin.
   */
  constructor(stream: Stream, head: RequestHead, source: PushSource) {
    const request = promisedRequest(head, source.origin);
    const conn = new StreamConn({ supports: FULL_SUPPORT });
    super(source.connection, conn);
    this.stream = stream;
    this.#request = request;
    this.#conn = conn;
    this.#source = source;
    conn.attach(this);
    // Nobody may want it: it keeps the program only once it is asked for.
    this.unref();
    this.#timer = new Timer(() => this.#onTimeout(), { ref: false });
    if (source.headersTimeout > 0) this.#timer.set(source.headersTimeout);
  }

  /** What the program gets of it. */
  toPush(): Push {
    const hold = () => this.ref();
    const response = this.#response;
    return {
      request: this.#request,
      get response() {
        hold();
        return response.promise;
      },
      cancel: () => this.#cancel(),
    };
  }

  onResponse({ status, fields }: ResponseHead): void {
    this.#timer.clear();
    const conn = this.#conn;
    const body = makeReadable({
      read: (p) => conn.read(p),
      readChunk: () => conn.readChunk(),
      cancelRead: () => this.#cancel(),
    });
    const hasContent = mayHaveContent(this.#request.method, status);
    this.#response.resolve(
      new Response(hasContent ? body : null, {
        status,
        headers: toHeaders(fields),
      }),
    );
    if (!hasContent) conn.readable.cancel();
  }

  override onFailure(failure: StreamFailure): void {
    this.#timer.clear();
    super.onFailure(failure);
    this.#response.reject(streamError(failure));
  }

  #cancel(): void {
    this.#conn.abort();
    // Of what has come whole, only the bytes are left to drop.
    if (!this.#conn.hasFailed) this.#conn.readable.cancel();
  }

  #onTimeout(): void {
    const { headersTimeout } = this.#source;
    this.#response.reject(
      new ConnectError(
        "http2",
        `No headers of the pushed ${this.#request.url} within ${headersTimeout} ms`,
      ),
    );
    this.reset(ERROR_CODE.CANCEL);
  }
}

function promisedRequest(head: RequestHead, origin: string): Request {
  const { method, scheme, authority, path, fields } = head;
  let request;
  try {
    request = new Request(`${scheme}://${authority}${path}`, {
      method,
      headers: toHeaders(fields),
    });
  } catch {
    throw new MalformedMessage("the promised request has no URL");
  }
  // RFC 9113 section 8.4: the server must be authoritative for it.
  if (new URL(request.url).origin !== origin || !isAuthority(authority)) {
    throw new MalformedMessage(`"${request.url}" is not of "${origin}"`);
  }
  return request;
}
