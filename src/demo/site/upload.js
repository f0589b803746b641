import { pageProtocol } from "./page.js";

/** Whether a body can be sent as it is made: Chromium does, over HTTP/2. */
export function canStream() {
  if (pageProtocol() !== "h2") return false;
  let isAsked = false;
  // A browser that does not know streams sends "[object ReadableStream]".
  const { headers } = new Request("/", {
    method: "POST",
    body: new ReadableStream(),
    get duplex() {
      isAsked = true;
      return "half";
    },
  });
  return isAsked && !headers.has("content-type");
}

/**
 * Sends a blob, and shows how far it is. Gives the answer, and how many
 * milliseconds it took.
 */
export async function upload(path, blob, { progress, onChunk = () => {} }) {
  const start = performance.now();
  let sent = 0;
  const counting = new TransformStream({
    transform(chunk, controller) {
      onChunk(chunk);
      sent += chunk.length;
      progress.value = blob.size === 0 ? 1 : sent / blob.size;
      controller.enqueue(chunk);
    },
  });
  const counted = blob.stream().pipeThrough(counting);
  let response;
  if (canStream()) {
    progress.value = 0;
    response = await put(path, { body: counted, duplex: "half" });
  } else {
    progress.removeAttribute("value");
    [response] = await Promise.all([
      put(path, { body: blob }),
      counted.pipeTo(new WritableStream()),
    ]);
  }
  const text = await response.text();
  progress.value = 1;
  if (!response.ok) throw new Error(text.trim());
  return { text, ms: performance.now() - start };
}

function put(path, init) {
  return fetch(path, { method: "PUT", ...init });
}
