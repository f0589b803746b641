import type { Conn } from "../conn.ts";

/** Bytes that look random and are the same in each process: xorshift32. */
export class RandomBytes {
  #state = 0x2545f491;

  /** Fills `p` with the next bytes of the sequence. */
  fill(p: Uint8Array): void {
    for (let i = 0; i < p.length; i++) {
      let x = this.#state;
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      this.#state = x;
      p[i] = x >>> 24;
    }
  }
}

/** Fills `p`; false if it is EOF before the first byte. */
export async function readFull(conn: Conn, p: Uint8Array): Promise<boolean> {
  let filled = 0;
  while (filled < p.length) {
    const bytes = await conn.read(p.subarray(filled));
    if (bytes === null) {
      if (filled === 0) return false;
      throw new Error(`EOF after ${filled} of ${p.length} bytes`);
    }
    filled += bytes;
  }
  return true;
}
