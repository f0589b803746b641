import { FRAME, FRAME_HEADER_LENGTH, MAX_UINT31, readUint32 } from "./frame.ts";
import { SessionError } from "./session_error.ts";

/** Where a frame's header says its type. */
const TYPE_AT = 3;

/** One whole frame; its payload is `bytes` from `start` to `end`. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** Takes a frame, which is the handler's only until it returns. */
export type FrameHandler = (frame: Frame) => void;

const EMPTY: Uint8Array = new Uint8Array();

/**
 * Cuts a byte stream into frames (RFC 9113 section 4.1). Frames that lie whole
 * within a chunk are handed on in place; only one that straddles two chunks is
 * copied.
 */
export class FrameReader {
  #maxFrameSize: number;
  #onFrame: FrameHandler;
  #partial: Uint8Array | undefined;
  #partialLength = 0;
  #stopped = false;
  /** The same for every frame, so that none is made for each. */
  readonly #frame = {
    type: 0,
    flags: 0,
    streamId: 0,
    bytes: EMPTY,
    start: 0,
    end: 0,
  };

  constructor(maxFrameSize: number, onFrame: FrameHandler) {
    this.#maxFrameSize = maxFrameSize;
    this.#onFrame = onFrame;
  }

  /** Whether the last chunk ended inside a frame that is not DATA. */
  get isInsideControlFrame(): boolean {
    if (this.#partialLength <= TYPE_AT) return this.#partialLength > 0;
    return this.#partial![TYPE_AT] !== FRAME.DATA;
  }

  /** Throws {@linkcode SessionError} at a frame longer than allowed. */
  push(chunk: Uint8Array): void {
    let at = this.#partialLength > 0 ? this.#completePartial(chunk) : 0;
    while (!this.#stopped && chunk.length - at >= FRAME_HEADER_LENGTH) {
      const length = this.#frameLength(chunk, at);
      if (chunk.length - at < length) break;
      this.#deliver(chunk, at, length);
      at += length;
    }
    if (!this.#stopped && at < chunk.length) this.#keep(chunk, at);
  }

  /** Drops what is held and whatever comes. */
  stop(): void {
    this.#stopped = true;
    this.#partial = undefined;
    this.#partialLength = 0;
  }

  #frameLength(bytes: Uint8Array, at: number): number {
    const length = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
    if (length > this.#maxFrameSize) {
      throw new SessionError(
        "FRAME_SIZE_ERROR",
        `Frame of ${length} bytes is over the limit of ${this.#maxFrameSize}`,
      );
    }
    return FRAME_HEADER_LENGTH + length;
  }

  #deliver(bytes: Uint8Array, at: number, length: number): void {
    const frame = this.#frame;
    frame.type = bytes[at + 3];
    frame.flags = bytes[at + 4];
    frame.streamId = readUint32(bytes, at + 5) & MAX_UINT31;
    frame.bytes = bytes;
    frame.start = at + FRAME_HEADER_LENGTH;
    frame.end = at + length;
    this.#onFrame(frame);
    frame.bytes = EMPTY;
  }

  #keep(chunk: Uint8Array, at: number): void {
    const rest = chunk.length - at;
    const size = rest < FRAME_HEADER_LENGTH
      ? FRAME_HEADER_LENGTH
      : this.#frameLength(chunk, at);
    this.#partial = new Uint8Array(size);
    this.#partial.set(chunk.subarray(at));
    this.#partialLength = rest;
  }

  /** Returns how many bytes of the chunk the frame that was cut took. */
  #completePartial(chunk: Uint8Array): number {
    let at = 0;
    if (this.#partialLength < FRAME_HEADER_LENGTH) {
      at = this.#fillPartial(chunk, at, FRAME_HEADER_LENGTH);
      if (this.#partialLength < FRAME_HEADER_LENGTH) return at;
      const size = this.#frameLength(this.#partial!, 0);
      const grown = new Uint8Array(size);
      grown.set(this.#partial!);
      this.#partial = grown;
    }
    const frame = this.#partial!;
    at = this.#fillPartial(chunk, at, frame.length);
    if (this.#partialLength === frame.length) {
      this.#partial = undefined;
      this.#partialLength = 0;
      this.#deliver(frame, 0, frame.length);
    }
    return at;
  }

  #fillPartial(chunk: Uint8Array, at: number, target: number): number {
    const take = Math.min(target - this.#partialLength, chunk.length - at);
    this.#partial!.set(chunk.subarray(at, at + take), this.#partialLength);
    this.#partialLength += take;
    return at + take;
  }
}
