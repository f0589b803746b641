/**
 * Every way to get a Conn keeps the promises that its `supports` says it keeps,
 * and no other.
 *
 * @module
 */

import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { thisRuntime } from "../support/runtimes.ts";
import { runsHere } from "./adapter.ts";
import { adapters } from "./adapters.ts";
import { findOut, promises } from "./promises.ts";

/** For `scripts/promise_table.ts`. */
function note(adapter: string, promise: string, isKept: boolean): void {
  const path = process.env.H2CONN_PROMISES_RESULTS;
  if (!path) return;
  const result = { adapter, runtime: thisRuntime, promise, isKept };
  appendFileSync(path, JSON.stringify(result) + "\n");
}

for (const adapter of adapters.filter(runsHere)) {
  for (const promise of promises) {
    const { name, title } = promise;
    test(`${adapter.name}: ${title}`, { timeout: 60_000 }, async () => {
      const { claimed, fault } = await findOut(adapter, promise);
      note(adapter.name, name, fault === undefined);
      if (claimed && fault !== undefined) throw fault;
      assert.ok(
        claimed || fault !== undefined,
        "it is kept, but the Conn says that it is not",
      );
    });
  }
}
