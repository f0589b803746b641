const FIRST_MS = 250;
const MOST_MS = 10_000;

/**
 * How long to wait before the next attempt, in milliseconds: twice as long each
 * time, and never the same, so that the clients of a server that was restarted
 * do not come back all at once.
 */
export function backoff(attempt: number): number {
  const most = Math.min(MOST_MS, FIRST_MS * 2 ** attempt);
  return Math.round(most * (0.5 + Math.random() / 2));
}
