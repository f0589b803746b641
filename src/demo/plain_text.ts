/** A short answer in plain text, which no cache keeps. */
export function plainText(
  text: string,
  { status = 200, headers }: { status?: number; headers?: HeadersInit } = {},
): Response {
  const all = new Headers(headers);
  all.set("content-type", "text/plain; charset=utf-8");
  all.set("cache-control", "no-store");
  return new Response(text, { status, headers: all });
}

/** There is no such page. Go's words. */
export function notFound(): Response {
  return plainText("404 page not found\n", { status: 404 });
}
