import type { H2ConnError } from "../errors.ts";
import { toHeaders } from "../header_fields.ts";
import { ERROR_CODE } from "../http2/error_code.ts";
import { Refusal, REFUSAL_MS } from "../refusal.ts";
import type { StreamConn } from "../stream_conn.ts";
import { Timer } from "../timer.ts";
import type { Field, Transport, TransportHandler } from "../transport.ts";

/** What a client's request was, and what came back. */
export interface ResponseHead {
  readonly url: string;
  readonly method: string;
  readonly status: number;
  readonly fields: readonly Field[];
}

/**
 * Stands before a client's Conn until the response is here, since Deno gives
 * its content first (denoland/deno#35947). Of a response that is not 2xx it
 * makes a StatusError.
 */
export class ResponseGate implements TransportHandler {
  readonly #conn: StreamConn;
  readonly #timer = new Timer(() => this.#refuse(), { ref: false });
  #transport: Transport | undefined;
  #early: Uint8Array[] = [];
  #hasResponse = false;
  #refusal: Refusal | undefined;

  constructor(conn: StreamConn) {
    this.#conn = conn;
  }

  attach(transport: Transport): void {
    this.#transport = transport;
    this.#conn.attach(transport);
    this.#conn.startWriting();
  }

  onResponse({ fields, ...info }: ResponseHead): void {
    this.#hasResponse = true;
    const headers = toHeaders(fields);
    if (info.status >= 200 && info.status <= 299) {
      this.#conn.open({ protocol: "h2", ...info, headers });
    } else {
      this.#refusal = new Refusal(info.status, headers);
      this.#timer.set(REFUSAL_MS);
    }
    const early = this.#early;
    this.#early = [];
    for (const bytes of early) this.onData(bytes, 0, bytes.length);
  }

  get pendingBytes(): number {
    return this.#conn.pendingBytes;
  }

  pull(target: Uint8Array, offset: number, max: number): number {
    return this.#conn.pull(target, offset, max);
  }

  onData(bytes: Uint8Array, start: number, end: number): void {
    if (!this.#hasResponse) {
      this.#early.push(bytes.subarray(start, end));
      return;
    }
    if (this.#refusal === undefined) {
      return this.#conn.onData(bytes, start, end);
    }
    this.#transport!.consume(end - start);
    this.#refusal.add(bytes, start, end);
    if (this.#refusal.isFull) this.#refuse();
  }

  onEnd(trailers: readonly Field[]): void {
    if (this.#refusal === undefined) this.#conn.onEnd(trailers);
    else this.#refuse();
  }

  onFailure(error: H2ConnError): void {
    this.#timer.clear();
    this.#conn.onFailure(this.#refusal?.toError() ?? error);
  }

  #refuse(): void {
    this.#timer.clear();
    this.#transport!.reset(ERROR_CODE.CANCEL);
  }
}
