import type { Conn } from "../conn.ts";
import { ArgumentError } from "../errors.ts";
import { checkBytes } from "./bytes_argument.ts";
import { type Decoder, END, MORE } from "./codec.ts";
import { CodecConn } from "./codec_conn.ts";
import { checkNumber, truncated } from "./limits.ts";
import type { MessageConn } from "./message_conn.ts";
import type { ReceiveBuffer } from "./receive_buffer.ts";

/**
 * Messages of `size` bytes each over a Conn, with nothing between them. There
 * is no room for an end marker or a heartbeat: all bytes are messages.
 *
 * Throws {@linkcode ArgumentError} for a size out of range. Sending rejects
 * with it for what is not a `Uint8Array` of that size.
 *
 * @example
 * ```ts
 * import { connect, handle, serve } from "@h2conn/h2conn";
 * import { fixedSizeMessages } from "@h2conn/h2conn/codec";
 *
 * await using server = await serve(
 *   { port: 0 },
 *   handle(async (conn) => {
 *     const samples = fixedSizeMessages(conn, 8);
 *     const sample = new DataView(new ArrayBuffer(8));
 *     for (const value of [0.5, 1.5]) {
 *       sample.setFloat64(0, value);
 *       await samples.send(new Uint8Array(sample.buffer));
 *     }
 *     await samples.end();
 *   }),
 * );
 * await using samples = fixedSizeMessages(connect(server.url), 8);
 * for await (const { buffer } of samples) {
 *   console.log(new DataView(buffer).getFloat64(0)); // 0.5, then 1.5
 * }
 * ```
 */
export function fixedSizeMessages(
  conn: Conn,
  size: number,
): MessageConn<Uint8Array, Uint8Array<ArrayBuffer>> {
  checkNumber("size", size, 2 ** 31 - 1);
  return new CodecConn<Uint8Array, Uint8Array<ArrayBuffer>>(conn, {
    encode(message) {
      checkBytes(message);
      if (message.length === size) return new Uint8Array(message);
      throw new ArgumentError(
        `Cannot send a message of ${message.length} bytes: each has ${size}`,
      );
    },
    decoder: new FixedSizeDecoder(size),
  });
}

class FixedSizeDecoder implements Decoder<Uint8Array<ArrayBuffer>> {
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  decode(buffer: ReceiveBuffer): Uint8Array<ArrayBuffer> | typeof MORE {
    if (buffer.length < this.#size) return MORE;
    const { bytes, start } = buffer;
    buffer.drop(this.#size);
    return bytes.slice(start, start + this.#size);
  }

  decodeLast(buffer: ReceiveBuffer): typeof END {
    if (buffer.length > 0) throw truncated(buffer.length);
    return END;
  }
}
