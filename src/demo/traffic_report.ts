import { plainText } from "./plain_text.ts";
import { tickingBody } from "./ticking_body.ts";
import { type LiveSession, sessionKey } from "./traffic.ts";
import type { Visit } from "./visit.ts";

const SAMPLE_MS = 500;

/** What is open, in plain text. The addresses of others are theirs. */
export function trafficReport({ traffic, info }: Visit): Response {
  const now = performance.now();
  const own = sessionKey(info);
  const { sessions, open, total } = traffic;
  const lines = [
    `Up ${seconds(now - traffic.since)} s. Sessions: ${sessions.size}. ` +
    `Open streams: ${open}. Streams so far: ${total}.`,
    "A session is listed while it has an open stream.",
  ];
  for (const [key, session] of sessions) {
    lines.push("", describe(session, { isOwn: key === own, now }));
    for (const { name, since } of session.streams) {
      lines.push(`  ${seconds(now - since).padStart(8)} s  ${name}`);
    }
  }
  return plainText(lines.join("\n") + "\n");
}

/** Counts of what is open, as lines of JSON, for as long as one reads them. */
export function trafficSamples({ traffic, closing }: Visit): Response {
  const watch = traffic.watch();
  const next = () => JSON.stringify(watch.count()) + "\n";
  const body = tickingBody({
    first: next(),
    next,
    intervalMs: SAMPLE_MS,
    closing,
    onEnd: watch.end,
  });
  return new Response(body, {
    headers: {
      "content-type": "application/x-ndjson",
      "cache-control": "no-store",
    },
  });
}

function describe(
  { protocol, since }: LiveSession,
  { isOwn, now }: { isOwn: boolean; now: number },
): string {
  const whose = isOwn ? "your session" : "a session";
  return `${whose}, ${protocol}, busy for ${seconds(now - since)} s`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
