import type { PushRefusal } from "../server_push.ts";
import { ASSETS } from "./assets.ts";
import { delay } from "./delay.ts";
import { type PicturePart, pictureResponse } from "./picture_png.ts";
import { notFound } from "./plain_text.ts";
import { staticFile } from "./static_file.ts";
import { fillIn, htmlPage } from "./template.ts";
import type { Visit } from "./visit.ts";

/** How long each asset takes, in milliseconds. */
const LATENCY_MS = 100;

/** What the page needs, and gets pushed. */
const PUSHED = ["style.css", "push.js", "sun.png", "shore.png"];

/** Where the pictures are in the large one. */
const PICTURES: ReadonlyMap<string, PicturePart> = new Map([
  ["sun.png", { left: 246, top: 96, size: 160 }],
  ["shore.png", { left: 120, top: 176, size: 160 }],
]);

const REASONS: Readonly<Record<PushRefusal, string>> = {
  unsupported: "this server cannot push",
  http1: "your client speaks HTTP/1.1, which has no push",
  disabled: "your client takes no pushes, as no browser does any more",
  nested: "this page was itself pushed",
  limit: "your client takes no more streams now",
  closed: "the connection is about to close",
};

/** A page that pushes what it needs before it says that it needs it. */
export function pushPage({ request, info }: Visit): Response {
  // So that nothing of it is in a cache.
  const bust = crypto.randomUUID().slice(0, 8);
  let outcome = "All four files were pushed to you.";
  for (const name of request.method === "GET" ? PUSHED : []) {
    const result = info.push(`/serverpush/${name}?cachebust=${bust}`);
    if (!result.pushed) outcome = `Not pushed: ${REASONS[result.reason]}.`;
  }
  return htmlPage(fillIn(ASSETS.get("serverpush.html")!, { bust, outcome }));
}

/** One of the files that the page needs, after a while. */
export async function pushedAsset(visit: Visit): Promise<Response> {
  const name = visit.url.pathname.slice("/serverpush/".length);
  if (!PUSHED.includes(name)) return notFound();
  await delay(LATENCY_MS, visit.request.signal);
  const picture = PICTURES.get(name);
  if (picture === undefined) {
    return staticFile({ ...visit, url: new URL(`/site/${name}`, visit.url) });
  }
  return pictureResponse(picture);
}

/** The pictures, to be drawn before anybody asks. */
export function pushedParts(): Iterable<PicturePart> {
  return PICTURES.values();
}
