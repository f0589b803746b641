import { deflateSync } from "node:zlib";
import { crc32 } from "./crc32.ts";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** A square picture of 8-bit RGB pixels, row by row, as a PNG file. */
export function encodePng(
  pixels: Uint8Array,
  width: number,
): Uint8Array<ArrayBuffer> {
  const height = pixels.length / 3 / width;
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  // 8 bits, RGB; deflate, the filters of below, not interlaced.
  header.set([8, 2, 0, 0, 0], 8);
  return concatenate([
    Uint8Array.from(SIGNATURE),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(filtered(pixels, width * 3))),
    chunk("IEND", new Uint8Array(0)),
  ]);
}

/** Each row as the difference to the one above (filter 2), which is small. */
function filtered(pixels: Uint8Array, stride: number): Uint8Array {
  const rows = pixels.length / stride;
  const result = new Uint8Array(pixels.length + rows);
  for (let row = 0; row < rows; row++) {
    const to = row * (stride + 1);
    result[to] = 2;
    for (let at = 0; at < stride; at++) {
      const from = row * stride + at;
      const above = row === 0 ? 0 : pixels[from - stride];
      result[to + 1 + at] = pixels[from] - above;
    }
  }
  return result;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const result = new Uint8Array(data.length + 12);
  const view = new DataView(result.buffer);
  view.setUint32(0, data.length);
  result.set(new TextEncoder().encode(type), 4);
  result.set(data, 8);
  const end = data.length + 8;
  view.setUint32(end, crc32(result.subarray(4, end)));
  return result;
}

function concatenate(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const result = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
