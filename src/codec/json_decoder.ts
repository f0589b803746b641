import { MessageError } from "../errors.ts";
import { type Decoder, END, MORE } from "./codec.ts";
import { JsonScanner } from "./json_scanner.ts";
import { checkReceiveSize, truncated } from "./limits.ts";
import { removeProtoKeys } from "./proto_keys.ts";
import type { ReceiveBuffer } from "./receive_buffer.ts";
import { decodeUtf8 } from "./utf8.ts";

/** What a {@linkcode JsonDecoder} holds values to. */
export interface JsonLimits {
  readonly maxMessageSize: number;
  readonly maxDepth: number;
  /** A `null` is the end marker. */
  readonly nullEnds: boolean;
}

/** JSON values that follow each other, with or without space between them. */
export class JsonDecoder<Receive> implements Decoder<Receive> {
  readonly #limits: JsonLimits;
  readonly #scanner: JsonScanner;

  constructor(limits: JsonLimits) {
    this.#limits = limits;
    this.#scanner = new JsonScanner(limits.maxDepth);
  }

  decode(buffer: ReceiveBuffer): Receive | typeof MORE | typeof END {
    const { maxMessageSize } = this.#limits;
    const end = this.#scanner.scan(buffer);
    if (end === undefined) {
      checkReceiveSize(buffer.length, maxMessageSize);
      return MORE;
    }
    checkReceiveSize(end - buffer.start, maxMessageSize);
    return this.#take(buffer, end);
  }

  decodeLast(buffer: ReceiveBuffer): Receive | typeof END {
    if (buffer.length === 0) return END;
    if (!this.#scanner.isInNumber) throw truncated(buffer.length);
    return this.#take(buffer, buffer.end);
  }

  #take(buffer: ReceiveBuffer, end: number): Receive | typeof END {
    const text = decodeUtf8(buffer.bytes.subarray(buffer.start, end));
    buffer.drop(end - buffer.start);
    const value = parse(text);
    return value === null && this.#limits.nullEnds ? END : value as Receive;
  }
}

function parse(text: string): unknown {
  let value;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new MessageError("malformed", "Received message is not JSON", {
      cause,
    });
  }
  // The name may be spelled with escapes, all of which start like this.
  if (text.includes("__proto__") || text.includes("\\u00")) {
    removeProtoKeys(value);
  }
  return value;
}
