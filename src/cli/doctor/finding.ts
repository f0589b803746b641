/** What a check came to; `refused` is by a status. */
export type Outcome = "ok" | "warning" | "failed" | "refused" | "unknown";

/** What the doctor found out about one thing. */
export interface Finding {
  readonly name: string;
  readonly outcome: Outcome;
  /** How long it took, in milliseconds, where that says something. */
  readonly ms?: number;
  readonly detail: string;
}

/** What was found out; of what, who asked knows. */
export type Unnamed = Omit<Finding, "name">;

/** All findings about one URL. */
export interface Report {
  readonly url: string;
  /** One sentence. */
  readonly verdict: string;
  readonly findings: readonly Finding[];
}

/** Milliseconds since `start`, as `performance.now()` gives it. */
export function msSince(start: number): number {
  return Math.round((performance.now() - start) * 100) / 100;
}
