import {
  FLAG,
  FRAME,
  FRAME_HEADER_LENGTH,
  MIN_MAX_FRAME_SIZE,
  writeUint32,
} from "./frame.ts";

/** Most bytes of one DATA frame: small enough for streams to take turns. */
export const MAX_DATA_LENGTH = MIN_MAX_FRAME_SIZE;

const SMALL = 1024;
const LARGE = 8 * (FRAME_HEADER_LENGTH + MAX_DATA_LENGTH);

/** Where a stream's bytes to send come from. */
export interface DataSource {
  /**
   * Writes up to `max` pending bytes to `target` at `offset` and returns how
   * many. It must not write to the output it is called from.
   */
  pull(target: Uint8Array, offset: number, max: number): number;
}

/**
 * Frames on their way out, built into slabs that each leave as one socket
 * write. Control frames always fit (the session bounds their number); DATA is
 * accepted only while there is room in the current slab.
 */
export class Output {
  #slab: Uint8Array | undefined;
  #length = 0;
  #full: { slab: Uint8Array; controlFrames: number }[] = [];
  #fullLength = 0;
  /** Of the slab that is being filled. */
  #controlFrames = 0;
  /** Of all slabs. */
  #allControlFrames = 0;
  // The DATA frame at the end of the slab, while more bytes may join it.
  #openStream = 0;
  #openHeader = 0;
  #openLength = 0;

  /** Control frames that wait, not counting header sections. */
  get controlFrames(): number {
    return this.#allControlFrames;
  }

  /** How many bytes wait. */
  get length(): number {
    return this.#fullLength + this.#length;
  }

  /** How many bytes of one stream's DATA fit now, zero if none. */
  dataRoom(streamId: number): number {
    if (this.#full.length > 0) return 0;
    const left = LARGE - this.#length;
    if (this.#openStream === streamId) {
      const room = Math.min(left, MAX_DATA_LENGTH - this.#openLength);
      if (room > 0) return room;
    }
    return Math.max(0, Math.min(left - FRAME_HEADER_LENGTH, MAX_DATA_LENGTH));
  }

  /**
   * Lets `source` write up to `max` bytes (at most {@linkcode dataRoom}) of DATA
   * straight into the slab, joined to the frame before it where that is of the
   * same stream. Returns how many it wrote.
   */
  data(streamId: number, max: number, source: DataSource): number {
    const joins = this.#openStream === streamId &&
      this.#openLength < MAX_DATA_LENGTH;
    const header = joins ? 0 : FRAME_HEADER_LENGTH;
    const slab = this.#reserve(header + max);
    const written = source.pull(slab, this.#length + header, max);
    if (written === 0) return 0;
    if (!joins) {
      this.#openStream = streamId;
      this.#openHeader = this.#length;
      this.#openLength = 0;
      writeFrameHeader(slab, this.#length, 0, FRAME.DATA, 0, streamId);
    }
    this.#openLength += written;
    writeLength(slab, this.#openHeader, this.#openLength);
    this.#length += header + written;
    return written;
  }

  /** Puts END_STREAM on the stream's last DATA frame, or on an empty one. */
  endStream(streamId: number): void {
    if (this.#openStream === streamId) {
      this.#slab![this.#openHeader + 4] |= FLAG.END_STREAM;
      this.#openStream = 0;
    } else {
      this.frame(FRAME.DATA, FLAG.END_STREAM, streamId, 0);
    }
  }

  /**
   * Starts a control frame and returns where its payload of `length` bytes
   * (at most 64) goes.
   */
  frame(type: number, flags: number, streamId: number, length: number): {
    slab: Uint8Array;
    at: number;
  } {
    this.#openStream = 0;
    const slab = this.#reserve(FRAME_HEADER_LENGTH + length);
    this.#countControlFrame();
    writeFrameHeader(slab, this.#length, length, type, flags, streamId);
    const at = this.#length + FRAME_HEADER_LENGTH;
    this.#length = at + length;
    return { slab, at };
  }

  /** A control frame whose payload is of any length. */
  payloadFrame(
    type: number,
    flags: number,
    streamId: number,
    payload: Uint8Array,
  ): void {
    this.#frameOf(type, flags, streamId, payload, 0, payload.length);
    this.#countControlFrame();
  }

  /** HEADERS with as many CONTINUATION frames as the block needs. */
  headers(streamId: number, block: Uint8Array, endStream: boolean): void {
    const flags = endStream ? FLAG.END_STREAM : 0;
    this.#headerFrames(FRAME.HEADERS, flags, streamId, block);
  }

  /** PUSH_PROMISE on a stream, with CONTINUATION frames (section 6.6). */
  pushPromise(streamId: number, promisedId: number, block: Uint8Array): void {
    const payload = new Uint8Array(4 + block.length);
    writeUint32(payload, 0, promisedId);
    payload.set(block, 4);
    this.#headerFrames(FRAME.PUSH_PROMISE, 0, streamId, payload);
  }

  /** Bytes as they are. */
  bytes(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    this.#openStream = 0;
    while (start < end) {
      const slab = this.#reserve(Math.min(end - start, LARGE / 2));
      const take = Math.min(slab.length - this.#length, end - start);
      slab.set(bytes.subarray(start, start + take), this.#length);
      this.#length += take;
      start += take;
    }
  }

  /** The next slab to send; give it back with {@linkcode recycle}. */
  take(): Uint8Array | undefined {
    const full = this.#full.shift();
    if (full !== undefined) {
      this.#fullLength -= full.slab.length;
      this.#allControlFrames -= full.controlFrames;
      return full.slab;
    }
    if (this.#length === 0) return undefined;
    const taken = this.#slab!.subarray(0, this.#length);
    this.#slab = undefined;
    this.#length = 0;
    this.#openStream = 0;
    this.#controlFrames = this.#allControlFrames = 0;
    return taken;
  }

  #headerFrames(
    type: number,
    flags: number,
    streamId: number,
    payload: Uint8Array,
  ): void {
    let at = 0;
    do {
      const end = Math.min(at + MIN_MAX_FRAME_SIZE, payload.length);
      if (end === payload.length) flags |= FLAG.END_HEADERS;
      this.#frameOf(type, flags, streamId, payload, at, end);
      type = FRAME.CONTINUATION;
      flags = 0;
      at = end;
    } while (at < payload.length);
  }

  #countControlFrame(): void {
    this.#controlFrames++;
    this.#allControlFrames++;
  }

  #frameOf(
    type: number,
    flags: number,
    streamId: number,
    payload: Uint8Array,
    start: number,
    end: number,
  ): void {
    const slab = this.#reserve(FRAME_HEADER_LENGTH);
    writeFrameHeader(slab, this.#length, end - start, type, flags, streamId);
    this.#length += FRAME_HEADER_LENGTH;
    this.bytes(payload, start, end);
  }

  /** The slab with room for `size` more bytes (at most LARGE). */
  #reserve(size: number): Uint8Array {
    const needed = this.#length + size;
    let slab = this.#slab;
    if (slab === undefined) {
      slab = this.#slab = acquireSlab(needed);
    } else if (needed > LARGE) {
      const controlFrames = this.#controlFrames;
      this.#full.push({ slab: slab.subarray(0, this.#length), controlFrames });
      this.#fullLength += this.#length;
      this.#controlFrames = 0;
      this.#length = 0;
      this.#openStream = 0;
      slab = this.#slab = acquireSlab(size);
    } else if (needed > slab.length) {
      slab = acquireSlab(LARGE);
      slab.set(this.#slab!.subarray(0, this.#length));
      this.#slab = slab;
    }
    return slab;
  }
}

// Slabs are shared by all sessions: one that is idle holds none.
const smallPool: ArrayBufferLike[] = [];
const largePool: ArrayBufferLike[] = [];
const MAX_POOLED = 32;

/** Gives back a slab whose bytes have left. */
export function recycle(slab: Uint8Array): void {
  const pool = slab.buffer.byteLength === LARGE ? largePool : smallPool;
  if (pool.length < MAX_POOLED) pool.push(slab.buffer);
}

function acquireSlab(size: number): Uint8Array {
  const buffer = (size <= SMALL ? smallPool : largePool).pop();
  return new Uint8Array(
    buffer ?? new ArrayBuffer(size <= SMALL ? SMALL : LARGE),
  );
}

function writeFrameHeader(
  slab: Uint8Array,
  at: number,
  length: number,
  type: number,
  flags: number,
  streamId: number,
): void {
  writeLength(slab, at, length);
  slab[at + 3] = type;
  slab[at + 4] = flags;
  writeUint32(slab, at + 5, streamId);
}

function writeLength(slab: Uint8Array, at: number, length: number): void {
  slab[at] = length >>> 16;
  slab[at + 1] = length >>> 8;
  slab[at + 2] = length;
}
