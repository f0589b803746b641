/**
 * Finds out, by running tests/promises on Deno, Bun and Node, which promises
 * the Conns of each server and client keep, and writes it into
 * docs/adapters.md.
 *
 *     deno run -A scripts/promise_table.ts [--check]
 *
 * With `--check` it writes nothing, and fails if the docs say otherwise.
 *
 * @module
 */

import { adapters } from "../tests/promises/adapters.ts";
import { promises } from "../tests/promises/promises.ts";

/** One line of what the tests note. */
interface Result {
  adapter: string;
  runtime: "deno" | "bun" | "node";
  promise: string;
  isKept: boolean;
}

const DOCS = "docs/adapters.md";
const START = "<!-- promises: written by scripts/promise_table.ts -->";
const END = "<!-- /promises -->";
const RUNTIMES = { deno: "Deno", bun: "Bun", node: "Node" };

async function runTests(): Promise<Result[]> {
  const path = await Deno.makeTempFile({ prefix: "h2conn-promises-" });
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "scripts/test.ts", "tests/promises/promises.test.ts"],
    env: { H2CONN_PROMISES_RESULTS: path },
    stdin: "null",
  }).output();
  const lines = (await Deno.readTextFile(path)).trim().split("\n");
  await Deno.remove(path);
  if (!success) {
    await Deno.stderr.write(stdout);
    await Deno.stderr.write(stderr);
    throw new Error("A Conn says in supports what is not so");
  }
  return lines.map((line) => JSON.parse(line));
}

/** A column for each adapter; more if its runtimes differ. */
function columns(results: Result[]): { title: string; cells: string[] }[] {
  return adapters.flatMap(({ name, runtimes }) => {
    const byCells = new Map<string, string[]>();
    for (const runtime of runtimes) {
      const cells = promises.map((promise) => {
        const result = results.find((it) =>
          it.adapter === name && it.runtime === runtime &&
          it.promise === promise.name
        );
        if (!result) throw new Error(`${name} on ${runtime} was not tested`);
        return result.isKept ? "✓" : "–";
      });
      const key = cells.join();
      byCells.set(key, [...byCells.get(key) ?? [], RUNTIMES[runtime]]);
    }
    return [...byCells].map(([key, on]) => ({
      title: `${name} on ${on.join(", ")}`,
      cells: key.split(","),
    }));
  });
}

function toTable(results: Result[]): string {
  const all = columns(results);
  const rows = promises.map(({ title, field }, at) => [
    title,
    field ? `\`${field}\`` : "",
    ...all.map(({ cells }) => cells[at]),
  ]);
  const header = ["Promise", "In `supports`", ...all.map((it) => it.title)];
  const rule = header.map((_, at) => at < 2 ? "---" : ":-:");
  return [header, rule, ...rows].map((row) => `| ${row.join(" | ")} |`)
    .join("\n");
}

async function format(markdown: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", "md", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(markdown));
  await writer.close();
  return new TextDecoder().decode((await child.output()).stdout);
}

const docs = await Deno.readTextFile(DOCS);
const start = docs.indexOf(START) + START.length;
const end = docs.indexOf(END);
if (start < START.length || end < start) throw new Error(`No place in ${DOCS}`);
const table = toTable(await runTests());
const written = await format(
  `${docs.slice(0, start)}\n\n${table}\n\n${docs.slice(end)}`,
);
if (!Deno.args.includes("--check")) {
  await Deno.writeTextFile(DOCS, written);
} else if (written !== docs) {
  console.error(`${DOCS} does not say what the tests found:\n\n${table}`);
  Deno.exit(1);
}
console.log(`${DOCS} says what the tests found`);
