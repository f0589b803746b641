import { CompressionError } from "./compression_error.ts";
import type { Cursor } from "./cursor.ts";
import { huffmanLength, readHuffman, writeHuffman } from "./huffman.ts";
import { readInteger, writeInteger } from "./integer.ts";
import { latin1 } from "./latin1.ts";

/**
 * Reads a string literal (RFC 7541 §5.2). One that is longer than `limit` is
 * checked all the same, but never built: its length is returned instead.
 */
export function readString(cursor: Cursor, limit: number): string | number {
  const { bytes } = cursor;
  const huffman = (bytes[cursor.at] & HUFFMAN) !== 0;
  const length = readInteger(cursor, 7);
  const start = cursor.at;
  const end = start + length;
  if (end > bytes.length) {
    throw new CompressionError("Header block ends inside a string");
  }
  cursor.at = end;
  if (huffman) return readHuffman(bytes, start, end, limit);
  return length > limit ? length : latin1(bytes, start, end);
}

/**
 * Writes a string literal at `at`, Huffman-coded where that is shorter, and
 * says where the next octet goes. It takes `MAX_INTEGER_OCTETS` and one octet
 * per char at the most.
 */
export function writeString(
  out: Uint8Array,
  at: number,
  text: string,
): number {
  const coded = huffmanLength(text);
  if (coded < text.length) {
    return writeHuffman(out, writeInteger(out, at, HUFFMAN, 7, coded), text);
  }
  at = writeInteger(out, at, 0, 7, text.length);
  for (let i = 0; i < text.length; i++) out[at++] = text.charCodeAt(i);
  return at;
}

const HUFFMAN = 0x80;
