import { CompressionError } from "./compression_error.ts";
import type { Cursor } from "./cursor.ts";

/** The largest integer we accept; no index or length comes near it. */
export const MAX_INTEGER: number = 2 ** 31 - 1;

/** The most octets `writeInteger` writes. */
export const MAX_INTEGER_OCTETS = 6;

/**
 * Reads an integer whose first `prefixBits` bits are the low bits of the octet
 * at the cursor (RFC 7541 §5.1).
 */
export function readInteger(cursor: Cursor, prefixBits: number): number {
  const { bytes } = cursor;
  if (cursor.at >= bytes.length) throw truncated();
  const full = (1 << prefixBits) - 1;
  const prefix = bytes[cursor.at++] & full;
  return prefix < full ? prefix : readContinuation(cursor, full);
}

/**
 * Writes `value` at `at`, under the high bits of `pattern`, and says where the
 * next octet goes (RFC 7541 §5.1).
 */
export function writeInteger(
  out: Uint8Array,
  at: number,
  pattern: number,
  prefixBits: number,
  value: number,
): number {
  const full = (1 << prefixBits) - 1;
  if (value < full) {
    out[at++] = pattern | value;
    return at;
  }
  out[at++] = pattern | full;
  let rest = value - full;
  while (rest >= 0x80) {
    out[at++] = rest & 0x7f | 0x80;
    rest >>>= 7;
  }
  out[at++] = rest;
  return at;
}

function readContinuation(cursor: Cursor, full: number): number {
  const { bytes } = cursor;
  let value = full;
  // Plain multiplication, because `<<` would wrap at 32 bits.
  let weight = 1;
  // Leading zeros are legal and endless, so the octets are counted too.
  for (let octets = 0; octets < MAX_CONTINUATION_OCTETS; octets++) {
    if (cursor.at >= bytes.length) throw truncated();
    const octet = bytes[cursor.at++];
    value += (octet & 0x7f) * weight;
    if (value > MAX_INTEGER) throw new CompressionError("Integer too large");
    if (octet < 0x80) return value;
    weight *= 0x80;
  }
  throw new CompressionError("Integer too long");
}

function truncated(): CompressionError {
  return new CompressionError("Header block ends inside an integer");
}

const MAX_CONTINUATION_OCTETS = 5;
