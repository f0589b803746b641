import { MessageError } from "../errors.ts";
import type { ReceiveBuffer } from "./receive_buffer.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** What the value that is being scanned is; its first byte tells. */
type Kind = "none" | "nested" | "number" | "literal";

/**
 * Finds where JSON values end, and no more: `JSON.parse` decides whether they
 * are JSON. Each byte is looked at once, however the bytes are split.
 */
export class JsonScanner {
  readonly #maxDepth: number;
  #kind: Kind = "none";
  /** Bytes of the value that need no other look; one more after a `\`. */
  #scanned = 0;
  #depth = 0;
  #isInString = false;

  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth;
  }

  /** Whether what is in the buffer is a number, unless it goes on. */
  get isInNumber(): boolean {
    return this.#kind === "number";
  }

  /**
   * Drops white space and returns where the value ends, or undefined if that
   * is not here yet. Throws {@linkcode MessageError} for what starts no value
   * or is nested too deep.
   */
  scan(buffer: ReceiveBuffer): number | undefined {
    if (this.#kind === "none") {
      skipSpace(buffer);
      if (buffer.length === 0) return undefined;
      this.#kind = kindOf(buffer.bytes[buffer.start]);
    }
    const end = this.#end(buffer);
    if (end === undefined) return undefined;
    this.#kind = "none";
    this.#scanned = 0;
    return end;
  }

  #end(buffer: ReceiveBuffer): number | undefined {
    switch (this.#kind) {
      case "number":
        return this.#endOfNumber(buffer);
      case "literal":
        return endOfLiteral(buffer);
      default:
        return this.#endOfNested(buffer);
    }
  }

  #endOfNumber({ bytes, start, end }: ReceiveBuffer): number | undefined {
    let at = start + this.#scanned;
    while (at < end && isInNumber(bytes[at])) at++;
    this.#scanned = at - start;
    return at < end ? at : undefined;
  }

  /** The end of an object, an array or a string. */
  #endOfNested({ bytes, start, end }: ReceiveBuffer): number | undefined {
    let at = start + this.#scanned;
    let depth = this.#depth;
    let isInString = this.#isInString;
    while (at < end) {
      const byte = bytes[at++];
      if (isInString) {
        if (byte === BACKSLASH) at++;
        if (byte !== QUOTE) continue;
        isInString = false;
      } else if (byte === QUOTE) {
        isInString = true;
        continue;
      } else if (byte === 0x7b || byte === 0x5b) { // { [
        if (++depth > this.#maxDepth) throw tooDeep(this.#maxDepth);
        continue;
      } else if (byte === 0x7d || byte === 0x5d) { // } ]
        depth--;
      } else {
        continue;
      }
      if (depth > 0) continue;
      this.#depth = 0;
      this.#isInString = false;
      return at;
    }
    this.#scanned = at - start;
    this.#depth = depth;
    this.#isInString = isInString;
    return undefined;
  }
}

function skipSpace(buffer: ReceiveBuffer): void {
  const { bytes, end } = buffer;
  let at = buffer.start;
  while (at < end && isSpace(bytes[at])) at++;
  buffer.start = at;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isInNumber(byte: number): boolean {
  return isDigit(byte) || byte === 0x2d || byte === 0x2b || // - +
    byte === 0x2e || byte === 0x65 || byte === 0x45; // . e E
}

function kindOf(byte: number): Kind {
  if (byte === 0x7b || byte === 0x5b || byte === QUOTE) return "nested";
  if (byte === 0x2d || isDigit(byte)) return "number";
  if (byte === 0x74 || byte === 0x66 || byte === 0x6e) return "literal"; // t f n
  const hex = byte.toString(16).padStart(2, "0");
  throw new MessageError(
    "malformed",
    `Received message is not JSON: no value starts with byte 0x${hex}`,
  );
}

/** `true` and `null` have four bytes, `false` has five. */
function endOfLiteral(buffer: ReceiveBuffer): number | undefined {
  const length = buffer.bytes[buffer.start] === 0x66 ? 5 : 4;
  return buffer.length < length ? undefined : buffer.start + length;
}

function tooDeep(maxDepth: number): MessageError {
  return new MessageError(
    "limit",
    `Received message is nested deeper than maxDepth, ${maxDepth} levels`,
  );
}
