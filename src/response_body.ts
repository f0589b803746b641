import { notBytes } from "./buffer_check.ts";
import { ArgumentError } from "./errors.ts";

/** The content of a handler's response, held to what its headers promise. */
export class ResponseBody {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #length: number | undefined;
  #read = 0;
  #isCancelled = false;

  /** `length` is what content-length says, if it is there. */
  constructor(body: ReadableStream<Uint8Array>, length: number | undefined) {
    this.#reader = body.getReader();
    this.#length = length;
  }

  /**
   * The next bytes, undefined at the end or once it is cancelled. Rejects with
   * what the body fails with, and with {@linkcode ArgumentError} if it is not
   * bytes, or not as many as promised.
   */
  async next(): Promise<Uint8Array | undefined> {
    while (true) {
      const { done, value } = await this.#reader.read();
      if (this.#isCancelled) return undefined;
      if (done) break;
      if (!(value instanceof Uint8Array)) throw notBytes("write", value);
      this.#read += value.length;
      if (this.#read > (this.#length ?? Infinity)) break;
      if (value.length > 0) return value;
    }
    if (this.#length === undefined || this.#read === this.#length) return;
    throw wrongLength(this.#length);
  }

  /** Nobody is going to read the rest: whoever makes it is told why. */
  cancel(reason: unknown): void {
    this.#isCancelled = true;
    this.#reader.cancel(reason).catch(() => {});
  }
}

/** For a response whose content is longer or shorter than its headers say. */
export function wrongLength(length: number): ArgumentError {
  return new ArgumentError(
    `Cannot answer: the body is not of its content-length ${length}`,
  );
}
