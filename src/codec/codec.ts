import type { ReceiveBuffer } from "./receive_buffer.ts";

/** The message is not all here yet. */
export const MORE: unique symbol = Symbol("more");

/** There are no messages any more. */
export const END: unique symbol = Symbol("end");

/** Finds messages in bytes. It is of one Conn, and keeps where it was. */
export interface Decoder<Receive> {
  /**
   * Takes the next message out of the buffer, or {@linkcode END} for the end
   * marker. Throws {@linkcode MessageError}.
   */
  decode(buffer: ReceiveBuffer): Receive | typeof MORE | typeof END;
  /** The same at EOF. */
  decodeLast(buffer: ReceiveBuffer): Receive | typeof END;
}

/** How messages become bytes and back. */
export interface Codec<Send, Receive> {
  /** Throws {@linkcode ArgumentError} for what cannot be sent. */
  encode(message: Send): Uint8Array;
  readonly decoder: Decoder<Receive>;
  /** What follows the last message, if both sides agreed on it. */
  readonly endMarker?: Uint8Array;
  /** What the peer drops, and the milliseconds of silence before it. */
  readonly heartbeat?: {
    readonly bytes: Uint8Array;
    readonly interval: number;
  };
}
