/**
 * Bytes that both ends of an interop check can make and compare.
 *
 * @module
 */

/** Bytes without a short period, the same for the same seed. */
export function pattern(length: number, seed = 1): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = (seed * 0x9e3779b1) >>> 0 || 1;
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return new Uint8Array(words.buffer, 0, length);
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) {
    crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return crc;
});

/** The CRC-32 of Go's `crc32.ChecksumIEEE`, of one chunk after another. */
export class Crc32 {
  #crc = 0xffffffff;

  add(bytes: Uint8Array): void {
    let crc = this.#crc;
    for (let index = 0; index < bytes.length; index++) {
      crc = table[(crc ^ bytes[index]) & 0xff] ^ (crc >>> 8);
    }
    this.#crc = crc;
  }

  toString(): string {
    return ((this.#crc ^ 0xffffffff) >>> 0).toString(16);
  }
}

/** a to z in upper case, all other bytes as they are, in place. */
export function upperCase(bytes: Uint8Array): Uint8Array {
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if (byte >= 0x61 && byte <= 0x7a) bytes[index] = byte - 0x20;
  }
  return bytes;
}
