/**
 * The checks of one client against one server: each has a time bound, and the
 * whole is printed as one line of JSON for `scripts/interop.ts`.
 *
 * @module
 */

import process from "node:process";

/** What one check came to. */
export interface CheckResult {
  name: string;
  result: "ok" | "FAIL";
  detail: string;
}

/** What a client process prints. */
export interface ClientReport {
  runtime: string;
  results: CheckResult[];
}

/** Which checks a peer is asked for, by name; all unless it says otherwise. */
export interface Choice {
  readonly only?: readonly string[];
  readonly without?: readonly string[];
}

/** Runs checks one after the other and keeps what they came to. */
export class Report {
  readonly #results: CheckResult[] = [];
  readonly #choice: Choice;

  constructor(choice: Choice = {}) {
    this.#choice = choice;
  }

  /** Runs a check, which may return a detail for the log. */
  async check(
    name: string,
    run: () => Promise<string | void>,
    seconds = 10,
  ): Promise<void> {
    const { only, without } = this.#choice;
    if (without?.includes(name) || only?.includes(name) === false) return;
    try {
      const detail = await within(run(), seconds);
      this.#results.push({ name, result: "ok", detail: detail ?? "" });
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      this.#results.push({ name, result: "FAIL", detail });
    }
  }

  /** Prints all results and ends the process. */
  finish(): never {
    const report: ClientReport = { runtime: runtime(), results: this.#results };
    console.log(JSON.stringify(report));
    process.exit(0);
  }
}

/** The name and version of the runtime that this is. */
export function runtime(): string {
  const versions = process.versions as Record<string, string | undefined>;
  const name = ["deno", "bun", "node"].find((name) => versions[name])!;
  return `${name} ${versions[name]}`;
}

/** Rejects when `promise` takes longer than that. */
export function within<T>(promise: Promise<T>, seconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`not done within ${seconds} s`)),
      seconds * 1000,
    );
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
