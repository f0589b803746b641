/** The element of that id, which the page has. */
export function byId(id) {
  return document.getElementById(id);
}

/** The HTTP version that the page itself came by, as ALPN calls it. */
export function pageProtocol() {
  return performance.getEntriesByType("navigation")[0].nextHopProtocol;
}

/** Waits so many milliseconds. */
export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The lines of a response, as they come. */
export async function* linesOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream())
    .getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (text + value).split("\n");
    text = lines.pop();
    yield* lines;
  }
}
