import { drawPart } from "./picture.ts";
import { encodePng } from "./png.ts";

/** Those that were asked for before; there are few that can be. */
const drawn = new Map<string, Uint8Array<ArrayBuffer>>();

/** Answers with a square part of the picture, which is drawn but once. */
export function picturePart(
  left: number,
  top: number,
  { size, headers }: { size: number; headers?: HeadersInit },
): Response {
  const key = `${left},${top},${size}`;
  let png = drawn.get(key);
  if (png === undefined) {
    png = encodePng(drawPart(left, top, size), size);
    drawn.set(key, png);
  }
  const response = new Response(png, { headers });
  response.headers.set("content-type", "image/png");
  response.headers.set("cache-control", "no-store");
  return response;
}
