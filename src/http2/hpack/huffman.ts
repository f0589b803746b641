import { CompressionError } from "./compression_error.ts";
import {
  CODE_LENGTHS,
  CODES,
  LAST_ACCEPTING_ROW,
  TRANSITIONS,
} from "./huffman_table.ts";
import { latin1 } from "./latin1.ts";

/** Octets that `text` takes when Huffman-coded (RFC 7541 §5.2). */
export function huffmanLength(text: string): number {
  let bits = 0;
  let union = 0;
  for (let i = 0; i < text.length; i++) {
    const octet = text.charCodeAt(i);
    union |= octet;
    bits += CODE_LENGTHS[octet & 0xff];
  }
  if (union > 0xff) {
    throw new RangeError("Cannot encode a character above U+00FF");
  }
  return Math.ceil(bits / 8);
}

/** Writes a latin1 `text` at `at`, and says where the next octet goes. */
export function writeHuffman(
  out: Uint8Array,
  at: number,
  text: string,
): number {
  // The low `count` bits of `bits` wait to be written; those above are done.
  let bits = 0;
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const octet = text.charCodeAt(i);
    let code = CODES[octet];
    let length = CODE_LENGTHS[octet];
    if (length > 24) {
      // Behind 7 waiting bits it would not fit into 32, so it goes in two.
      length -= 16;
      bits = bits << length | code >>> 16;
      count += length;
      while (count >= 8) out[at++] = bits >>> (count -= 8);
      code &= 0xffff;
      length = 16;
    }
    bits = bits << length | code;
    count += length;
    while (count >= 8) out[at++] = bits >>> (count -= 8);
  }
  // The padding is the start of EOS: ones.
  if (count > 0) out[at++] = bits << (8 - count) | 0xff >>> count;
  return at;
}

/**
 * Decodes the octets from `start` to `end` into the text, or, where that is
 * longer than `limit`, into no more than its length.
 */
export function readHuffman(
  bytes: Uint8Array,
  start: number,
  end: number,
  limit: number,
): string | number {
  let text = "";
  let length = 0;
  let row = 0;
  for (let from = start; from < end; from += CHUNK) {
    const to = Math.min(from + CHUNK, end);
    let filled = 0;
    for (let at = from; at < to; at++) {
      const octet = bytes[at];
      const high = TRANSITIONS[row + (octet >>> 4)];
      // Written even if nothing was emitted: cheaper than a branch.
      SCRATCH[filled] = high;
      filled += high >>> 8 & 1;
      const low = TRANSITIONS[(high >>> 9) + (octet & 0x0f)];
      SCRATCH[filled] = low;
      filled += low >>> 8 & 1;
      row = low >>> 9;
    }
    length += filled;
    text = length > limit ? "" : text + latin1(SCRATCH, 0, filled);
  }
  if (row > LAST_ACCEPTING_ROW) {
    throw new CompressionError("Huffman code with wrong padding, or with EOS");
  }
  return length > limit ? length : text;
}

/** Octets decoded at a time, so that `SCRATCH` need not fit the string. */
const CHUNK = 4096;

/** Shared by all: a decode never yields. Codes have five bits at least. */
const SCRATCH: Uint8Array = new Uint8Array(CHUNK * 2);
