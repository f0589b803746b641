import { StatusError } from "./errors.ts";

/** Most bytes of a refusal's body that {@linkcode StatusError} shows. */
const MAX_REFUSAL = 4096;

/** How long a refusal's body may take, in milliseconds. */
export const REFUSAL_MS = 1000;

/** A response that is not 2xx, with the start of its body. */
export class Refusal {
  readonly #status: number;
  readonly #headers: Headers;
  readonly #body = new Uint8Array(MAX_REFUSAL);
  #length = 0;

  constructor(status: number, headers: Headers) {
    this.#status = status;
    this.#headers = headers;
  }

  get isFull(): boolean {
    return this.#length === MAX_REFUSAL;
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    const take = Math.min(end - start, MAX_REFUSAL - this.#length);
    this.#body.set(bytes.subarray(start, start + take), this.#length);
    this.#length += take;
  }

  toError(): StatusError {
    return new StatusError(this.#status, {
      headers: this.#headers,
      body: new TextDecoder().decode(this.#body.subarray(0, this.#length)),
    });
  }
}
