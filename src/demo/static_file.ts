import { ASSETS } from "./assets.ts";
import { notFound } from "./plain_text.ts";
import type { Visit } from "./visit.ts";

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** What the pages are made of, but for the pages themselves. */
export function staticFile({ url }: Visit): Response {
  const name = url.pathname.slice("/site/".length);
  const type = TYPES[name.split(".").at(-1)!];
  const text = ASSETS.get(name);
  if (text === undefined || type === undefined) return notFound();
  return new Response(text, {
    headers: { "content-type": type, "cache-control": "no-cache" },
  });
}
