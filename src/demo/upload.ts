import { StatusError } from "../errors.ts";

/** How many bytes an upload may have. */
export const MAX_UPLOAD: number = 64 * 1024 * 1024;

/**
 * The chunks of an upload. Throws {@linkcode StatusError} with 413 if there are
 * more bytes than may be, at once where the request says how many there are.
 */
export function uploadChunks(request: Request): AsyncGenerator<Uint8Array> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > MAX_UPLOAD) throw tooLarge();
  return boundedChunks(request);
}

async function* boundedChunks(request: Request): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_UPLOAD) throw tooLarge();
    yield chunk;
  }
}

function tooLarge(): StatusError {
  return new StatusError(413, {
    message: `An upload may have ${MAX_UPLOAD} bytes at most`,
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}
