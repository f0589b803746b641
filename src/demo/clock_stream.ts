import type { Visit } from "./visit.ts";
import { tickingBody } from "./ticking_body.ts";

const INTERVAL_MS = 1000;

/** Some browsers show nothing of a text before they have about 1 KB of it. */
const FILLER = "# ~1KB of junk to make browsers show what comes at once:\n" +
  `# ${"x".repeat(70)}\n`.repeat(13);

/** Tells the time every second, until the reader leaves. */
export function clockStream({ closing }: Visit): Response {
  const now = () => `${new Date().toISOString()}\n`;
  const body = tickingBody({
    first: FILLER + now(),
    next: now,
    intervalMs: INTERVAL_MS,
    closing,
  });
  return new Response(body, {
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "no-store",
    },
  });
}
