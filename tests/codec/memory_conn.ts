import type { Conn } from "../../mod.ts";
import { text } from "../support/pair.ts";

/** A Conn without a peer: gives chunks one by one, and keeps what is written. */
export interface MemoryConn {
  readonly conn: Conn;
  /** How many bytes have been read. */
  readonly bytesRead: number;
  /** What was written, as text. */
  readonly written: string;
  /** Whether `closeWrite` was called. */
  readonly hasEnded: boolean;
}

/** After the chunks comes EOF, or the error. */
export function memoryConn(
  chunks: Iterable<Uint8Array> = [],
  error?: unknown,
): MemoryConn {
  const source = chunks[Symbol.iterator]();
  let chunk: Uint8Array = new Uint8Array(0);
  const state = { bytesRead: 0, written: "", hasEnded: false };
  const conn = {
    closed: new Promise<void>(() => {}),
    read(p: Uint8Array): Promise<number | null> {
      if (p.length === 0) throw new Error("read into nothing");
      while (chunk.length === 0) {
        const { value, done } = source.next();
        if (!done) chunk = value;
        else if (error !== undefined) return Promise.reject(error);
        else return Promise.resolve(null);
      }
      const length = Math.min(p.length, chunk.length);
      p.set(chunk.subarray(0, length));
      chunk = chunk.subarray(length);
      state.bytesRead += length;
      return Promise.resolve(length);
    },
    write(p: Uint8Array): Promise<number> {
      state.written += text(p);
      return Promise.resolve(p.length);
    },
    closeWrite(): Promise<void> {
      state.hasEnded = true;
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  return Object.assign(Object.create(state), { conn: conn as unknown as Conn });
}

/** The bytes in chunks of that length. */
export function* inChunks(
  all: Uint8Array,
  length: number,
): Generator<Uint8Array> {
  for (let at = 0; at < all.length; at += length) {
    yield all.subarray(at, at + length);
  }
}

/** The bytes cut at those places, in any order and with repetitions. */
export function cutAt(all: Uint8Array, places: number[]): Uint8Array[] {
  const cuts = [0, ...places.map((at) => at % (all.length + 1)), all.length];
  cuts.sort((a, b) => a - b);
  return cuts.slice(1).map((end, i) => all.subarray(cuts[i], end));
}
