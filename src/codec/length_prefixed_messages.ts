import type { Conn } from "../conn.ts";
import { ArgumentError } from "../errors.ts";
import { checkBytes } from "./bytes_argument.ts";
import { type Decoder, END, MORE } from "./codec.ts";
import { CodecConn } from "./codec_conn.ts";
import {
  checkReceiveSize,
  checkSendSize,
  heartbeatOf,
  type HeartbeatOptions,
  maxMessageSize,
  type MessageOptions,
  truncated,
} from "./limits.ts";
import type { MessageConn } from "./message_conn.ts";
import type { ReceiveBuffer } from "./receive_buffer.ts";

const PREFIX_SIZE = 4;
/** No message is as long. */
const END_LENGTH = 0xffff_ffff;

/** Options of {@linkcode lengthPrefixedMessages}. */
export interface LengthPrefixedOptions
  extends MessageOptions, HeartbeatOptions {}

/**
 * Messages of bytes over a Conn, each after its length in four bytes, the most
 * significant first. What they hold is up to you: CBOR, MessagePack, Protocol
 * Buffers.
 *
 * With `endMarker` a length of 0xffffffff follows the last message. With
 * `heartbeatInterval` a message of no bytes is a heartbeat: both sides must
 * set it, and empty messages cannot be sent.
 *
 * Throws {@linkcode ArgumentError} for an option out of range. Sending rejects
 * with it for what is not a `Uint8Array`.
 *
 * @example
 * ```ts
 * import { connect, handle, serve } from "@h2conn/h2conn";
 * import { lengthPrefixedMessages } from "@h2conn/h2conn/codec";
 *
 * await using server = await serve(
 *   { port: 0 },
 *   handle(async (conn) => {
 *     const messages = lengthPrefixedMessages(conn);
 *     await messages.readable.pipeTo(messages.writable);
 *   }),
 * );
 * await using messages = lengthPrefixedMessages(connect(server.url));
 * await messages.send(new Uint8Array([1, 2, 3]));
 * console.log(await messages.receive()); // Uint8Array [ 1, 2, 3 ]
 * ```
 */
export function lengthPrefixedMessages(
  conn: Conn,
  options: LengthPrefixedOptions = {},
): MessageConn<Uint8Array, Uint8Array<ArrayBuffer>> {
  const maxSize = maxMessageSize(options);
  const heartbeat = heartbeatOf(new Uint8Array(PREFIX_SIZE), options);
  const skipEmpty = heartbeat !== undefined;
  const endMarker = options.endMarker
    ? new Uint8Array(PREFIX_SIZE).fill(0xff)
    : undefined;
  return new CodecConn<Uint8Array, Uint8Array<ArrayBuffer>>(conn, {
    encode: (message) => encode(message, maxSize, skipEmpty),
    decoder: new LengthPrefixedDecoder({
      maxSize,
      hasEndMarker: endMarker !== undefined,
      skipEmpty,
    }),
    endMarker,
    heartbeat,
  });
}

function encode(message: Uint8Array, maxSize: number, skipEmpty: boolean) {
  checkBytes(message);
  const { length } = message;
  checkSendSize(length, maxSize);
  if (skipEmpty && length === 0) {
    throw new ArgumentError("Cannot send an empty message: it is a heartbeat");
  }
  const bytes = new Uint8Array(PREFIX_SIZE + length);
  new DataView(bytes.buffer).setUint32(0, length);
  bytes.set(message, PREFIX_SIZE);
  return bytes;
}

class LengthPrefixedDecoder implements Decoder<Uint8Array<ArrayBuffer>> {
  readonly #options: {
    readonly maxSize: number;
    readonly hasEndMarker: boolean;
    readonly skipEmpty: boolean;
  };

  constructor(
    options: { maxSize: number; hasEndMarker: boolean; skipEmpty: boolean },
  ) {
    this.#options = options;
  }

  decode(
    buffer: ReceiveBuffer,
  ): Uint8Array<ArrayBuffer> | typeof MORE | typeof END {
    const { maxSize, hasEndMarker, skipEmpty } = this.#options;
    while (buffer.length >= PREFIX_SIZE) {
      const { bytes, start } = buffer;
      const length = new DataView(bytes.buffer).getUint32(start);
      if (hasEndMarker && length === END_LENGTH) return END;
      checkReceiveSize(length, maxSize);
      const end = start + PREFIX_SIZE + length;
      if (end > buffer.end) return MORE;
      buffer.drop(PREFIX_SIZE + length);
      if (length > 0 || !skipEmpty) {
        return bytes.slice(start + PREFIX_SIZE, end);
      }
    }
    return MORE;
  }

  decodeLast(buffer: ReceiveBuffer): typeof END {
    if (buffer.length > 0) throw truncated(buffer.length);
    return END;
  }
}
