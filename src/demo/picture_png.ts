import { delay } from "./delay.ts";
import { drawPart } from "./picture.ts";
import { encodePng } from "./png.ts";

/** A square part of the picture. */
export interface PicturePart {
  readonly left: number;
  readonly top: number;
  readonly size: number;
}

/** The files that were asked for before; there are few that can be. */
const drawn = new Map<string, Uint8Array<ArrayBuffer>>();

/** Answers with a part of the picture as a PNG file. */
export function pictureResponse(
  part: PicturePart,
  headers?: HeadersInit,
): Response {
  const response = new Response(draw(part), { headers });
  response.headers.set("content-type", "image/png");
  response.headers.set("cache-control", "no-store");
  return response;
}

/** Draws parts one by one, so that no visitor's time has that in it. */
export async function drawAhead(
  parts: Iterable<PicturePart>,
  signal: AbortSignal,
): Promise<void> {
  for (const part of parts) {
    if (signal.aborted) return;
    draw(part);
    await delay(0, signal);
  }
}

function draw({ left, top, size }: PicturePart): Uint8Array<ArrayBuffer> {
  const key = `${left},${top},${size}`;
  let png = drawn.get(key);
  if (png === undefined) {
    png = encodePng(drawPart(left, top, size), size);
    drawn.set(key, png);
  }
  return png;
}
