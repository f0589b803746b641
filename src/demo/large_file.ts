import { byteRange } from "./byte_range.ts";
import { notFound, plainText } from "./plain_text.ts";
import type { Visit } from "./visit.ts";

/** What there is, made as it is sent: bytes that look random. */
const FILES: ReadonlyMap<string, number> = new Map([
  ["1MiB.bin", 2 ** 20],
  ["16MiB.bin", 2 ** 24],
  ["256MiB.bin", 2 ** 28],
]);

/** The bytes are the same since then. */
const MODIFIED = new Date("2026-11-01T00:00:00Z");
const BLOCK = 64 * 1024;

/** A large file, whole or in part, or the list of files. */
export function largeFile({ request, url }: Visit): Response {
  const name = url.pathname.slice("/file/".length);
  if (name === "") return plainText([...FILES.keys(), ""].join("\n"));
  const size = FILES.get(name);
  if (size === undefined) return notFound();
  const etag = `"${size.toString(36)}-1"`;
  const headers = {
    "accept-ranges": "bytes",
    "cache-control": "no-cache",
    "content-type": "application/octet-stream",
    etag,
    "last-modified": MODIFIED.toUTCString(),
  };
  if (isFresh(request.headers, etag)) {
    return new Response(null, { status: 304, headers });
  }
  const range = byteRange(request.headers, { size, etag, modified: MODIFIED });
  if (range === "unsatisfiable") {
    return plainText("416 range not satisfiable\n", {
      status: 416,
      headers: { "content-range": `bytes */${size}` },
    });
  }
  const { start, end } = range ?? { start: 0, end: size };
  return new Response(content(start, end), {
    status: range === undefined ? 200 : 206,
    headers: {
      ...headers,
      "content-length": String(end - start),
      ...(range && { "content-range": `bytes ${start}-${end - 1}/${size}` }),
    },
  });
}

/** Whether the client has it already (RFC 9110 section 13.2.2). */
function isFresh(headers: Headers, etag: string): boolean {
  const tags = headers.get("if-none-match");
  if (tags !== null) {
    return tags.split(",").some((tag) =>
      tag.trim() === "*" || tag.trim().replace(/^W\//, "") === etag
    );
  }
  const since = Date.parse(headers.get("if-modified-since") ?? "");
  return since >= MODIFIED.getTime();
}

/** The bytes from `start` to before `end`, made block by block. */
function content(start: number, end: number): ReadableStream<Uint8Array> {
  let at = start;
  return new ReadableStream({
    pull(controller) {
      const index = Math.floor(at / BLOCK);
      const from = at - index * BLOCK;
      const bytes = block(index).subarray(from, from + end - at);
      controller.enqueue(bytes);
      at += bytes.length;
      if (at >= end) controller.close();
    },
  }, { highWaterMark: 0 });
}

/** Xorshift (Marsaglia), from a seed for each block. */
function block(index: number): Uint8Array {
  const words = new Uint32Array(BLOCK / 4);
  let state = index + 0x9e3779b9;
  for (let at = 0; at < words.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[at] = state;
  }
  return new Uint8Array(words.buffer);
}
