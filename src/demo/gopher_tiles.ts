import { StatusError } from "../errors.ts";
import { ASSETS } from "./assets.ts";
import { delay } from "./delay.ts";
import { PICTURE_HEIGHT, PICTURE_WIDTH } from "./picture.ts";
import { type PicturePart, pictureResponse } from "./picture_png.ts";
import { fillIn, htmlPage } from "./template.ts";
import type { SiteOrigins, Visit } from "./visit.ts";

const TILE = 32;
const COLUMNS = PICTURE_WIDTH / TILE;
const ROWS = PICTURE_HEIGHT / TILE;

/** How long the server may wait before it answers, in milliseconds. */
const LATENCIES = [0, 30, 200, 1000];

/**
 * A picture cut into tiles, each of them a request that takes a while: the
 * whole page, or with `x` and `y` one tile.
 */
export async function gopherTiles(visit: Visit): Promise<Response> {
  const { request, url: { searchParams } } = visit;
  const latency = number(searchParams, "latency", LATENCIES);
  if (!searchParams.has("x") && !searchParams.has("y")) {
    return tilePage(visit, latency);
  }
  const x = number(searchParams, "x", [...Array(COLUMNS).keys()]);
  const y = number(searchParams, "y", [...Array(ROWS).keys()]);
  if (latency > 0) await delay(latency, request.signal);
  return pictureResponse(tilePart(x, y), {
    // The page compares tiles of two ports, and tells how they came.
    "cross-origin-resource-policy": "same-site",
    "timing-allow-origin": "*",
  });
}

/** All tiles, to be drawn before anybody asks. */
export function* tileParts(): Generator<PicturePart> {
  for (let y = 0; y < ROWS; y++) {
    for (let x = 0; x < COLUMNS; x++) yield tilePart(x, y);
  }
}

function tilePart(x: number, y: number): PicturePart {
  return { left: x * TILE, top: y * TILE, size: TILE };
}

/** A parameter that has to be one of a few numbers; 0 if it is left out. */
function number(
  parameters: URLSearchParams,
  name: string,
  allowed: readonly number[],
): number {
  const text = parameters.get(name) ?? "0";
  const value = Number(text);
  if (/^\d+$/.test(text) && allowed.includes(value)) return value;
  throw new StatusError(400, {
    message: `Parameter ${name} has to be one of ${allowed.join(", ")}`,
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}

function tilePage({ origins, info }: Visit, latency: number): Response {
  return htmlPage(fillIn(ASSETS.get("gophertiles.html")!, {
    protocol: info.protocol === "h2" ? "HTTP/2" : "HTTP/1.1",
    latency: String(latency),
    links: { html: links(origins) },
    tiles: { html: tileImages(latency) },
  }));
}

function links({ http1, http2 }: SiteOrigins): string {
  const versions = [["HTTP/1.1", http1], ["HTTP/2", http2]];
  return versions.map(([version, origin]) => {
    if (origin === undefined) return "";
    const all = LATENCIES.map((latency) =>
      `<a href="${origin}/gophertiles?latency=${latency}">${latency} ms</a>`
    );
    return `<li><span>${version}</span> ${all.join(" ")}</li>`;
  }).join("\n");
}

function tileImages(latency: number): string {
  const bust = crypto.randomUUID().slice(0, 8);
  const images: string[] = [];
  for (let y = 0; y < ROWS; y++) {
    for (let x = 0; x < COLUMNS; x++) {
      const query = `x=${x}&amp;y=${y}&amp;cachebust=${bust}` +
        `&amp;latency=${latency}`;
      images.push(`<img src="/gophertiles?${query}" alt="">`);
    }
  }
  return images.join("\n");
}
