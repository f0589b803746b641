import { drawPart } from "./picture.ts";
import { encodePng } from "./png.ts";

/** Those that were asked for before; there are few that can be. */
const drawn = new Map<string, Uint8Array<ArrayBuffer>>();

/** Answers with a square part of the picture. */
export function picturePart(
  left: number,
  top: number,
  { size, headers }: { size: number; headers?: HeadersInit },
): Response {
  const response = new Response(drawPng(left, top, size), { headers });
  response.headers.set("content-type", "image/png");
  response.headers.set("cache-control", "no-store");
  return response;
}

/** A square part of the picture as a PNG file, which is drawn but once. */
export function drawPng(
  left: number,
  top: number,
  size: number,
): Uint8Array<ArrayBuffer> {
  const key = `${left},${top},${size}`;
  let png = drawn.get(key);
  if (png === undefined) {
    png = encodePng(drawPart(left, top, size), size);
    drawn.set(key, png);
  }
  return png;
}
