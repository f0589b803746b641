import { type Decoder, END, MORE } from "./codec.ts";
import { checkReceiveSize } from "./limits.ts";
import type { ReceiveBuffer } from "./receive_buffer.ts";
import { decodeUtf8 } from "./utf8.ts";

const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;

/** Lines of text that end with `\n` or `\r\n`. */
export class LineDecoder implements Decoder<string> {
  readonly #maxSize: number;
  readonly #hasDots: boolean;
  /** Bytes of the line that are known to have no end in them. */
  #scanned = 0;

  /** With `hasDots`, lines are dot-stuffed (RFC 5321 section 4.5.2). */
  constructor(maxSize: number, hasDots: boolean) {
    this.#maxSize = maxSize;
    this.#hasDots = hasDots;
  }

  decode(buffer: ReceiveBuffer): string | typeof MORE | typeof END {
    const { bytes, start, end } = buffer;
    let at = start + this.#scanned;
    while (at < end && bytes[at] !== LF) at++;
    this.#checkSize(buffer, at);
    if (at === end) {
      this.#scanned = at - start;
      return MORE;
    }
    this.#scanned = 0;
    const text = decodeUtf8(bytes.subarray(start, endOfText(buffer, at)));
    buffer.drop(at + 1 - start);
    if (!this.#hasDots || !text.startsWith(".")) return text;
    return text === "." ? END : text.slice(1);
  }

  decodeLast(buffer: ReceiveBuffer): string | typeof END {
    if (buffer.length === 0) return END;
    checkReceiveSize(buffer.length, this.#maxSize);
    return decodeUtf8(buffer.bytes.subarray(buffer.start, buffer.end));
  }

  #checkSize(buffer: ReceiveBuffer, end: number): void {
    const { bytes, start } = buffer;
    const hasDot = this.#hasDots && bytes[start] === DOT;
    const size = endOfText(buffer, end) - start - (hasDot ? 1 : 0);
    checkReceiveSize(size, this.#maxSize);
  }
}

/** Leaves out a `\r` that is, or may yet be, part of the line's end. */
function endOfText({ bytes, start }: ReceiveBuffer, end: number): number {
  return end > start && bytes[end - 1] === CR ? end - 1 : end;
}
