import { uploadChunks } from "./upload.ts";
import type { Visit } from "./visit.ts";

/**
 * Sends back what comes, while it comes, with a to z in upper case. The headers
 * leave before the first byte has come.
 */
export function echo({ request }: Visit): Response {
  const chunks = uploadChunks(request);
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(upperCase(value));
    },
    async cancel() {
      await chunks.return(undefined);
    },
  }, { highWaterMark: 0 });
  return new Response(body, {
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "no-store",
    },
  });
}

function upperCase(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte);
}
