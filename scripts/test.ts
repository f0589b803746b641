/**
 * Runs the tests on Deno, Bun and Node, or on the runtimes named:
 *
 *     deno task test [deno] [bun] [node] [files and flags]
 *
 * Files narrow the run down; flags go to each runtime's own test runner. Deno
 * is the one that runs this, Bun and Node come from npm. Settings, from the
 * environment:
 *
 * - H2CONN_TEST_JOBS: how many test files run at once, 1 or 2 (default 2).
 * - H2CONN_TEST_MINUTES: how long one runtime may take (default 15).
 * - H2CONN_TEST_SANITIZE=off: turns Deno's leak sanitizers off.
 * - H2CONN_BUN, H2CONN_NODE: the executables to use instead of npm's.
 *
 * The tests find the executables of all three in H2CONN_DENO, H2CONN_BUN and
 * H2CONN_NODE: some of them start another runtime.
 *
 * @module
 */

import { findExecutable, RUNTIME_SPECS } from "./runtimes.ts";

const secondsPerTest = 60; // unless the test says otherwise
const secondsPerNodeFile = 180;

/** What one run of a test runner came to. */
interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** One run of a test runner: Deno's and Bun's take all the files, Node's one. */
interface Run {
  label: string;
  command: string;
  args: string[];
  env?: Record<string, string>;
}

const runtimes = ["deno", "bun", "node"] as const;
type Runtime = typeof runtimes[number];

const jobs = setting("H2CONN_TEST_JOBS", 2) >= 2 ? 2 : 1;
const minutes = setting("H2CONN_TEST_MINUTES", 15);
const reports = await Deno.makeTempDir({ prefix: "h2conn-test-" });
let reportCount = 0;

function setting(name: string, otherwise: number): number {
  const value = Deno.env.get(name);
  if (value === undefined || value === "") return otherwise;
  const number = Number(value);
  if (!(number > 0)) throw new Error(`${name} has to be a number above 0`);
  return number;
}

async function findTests(path: string): Promise<string[]> {
  if ((await Deno.stat(path)).isFile) return [path];
  const found: string[] = [];
  for await (const entry of Deno.readDir(path)) {
    const child = `${path}/${entry.name}`;
    if (entry.isDirectory) found.push(...await findTests(child));
    else if (entry.name.endsWith(".test.ts")) found.push(child);
  }
  return found.sort();
}

async function output(command: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (!success) {
    throw new Error(
      `${command} ${args.join(" ")} failed:\n${decoder.decode(stderr)}`,
    );
  }
  return decoder.decode(stdout);
}

/** Tells the tests where the executables are. */
async function findRuntimes(): Promise<void> {
  Deno.env.set("H2CONN_DENO", Deno.execPath());
  await Promise.all(
    Object.entries(RUNTIME_SPECS).map(async ([runtime, spec]) => {
      const name = `H2CONN_${runtime.toUpperCase()}`;
      try {
        Deno.env.set(name, await findExecutable(spec, name));
      } catch (error) {
        // Those that need it fail.
        console.error(`Cannot get ${spec}:`, error);
      }
    }),
  );
}

function nextReport(): string {
  return `${reports}/${++reportCount}.xml`;
}

async function runsFor(
  runtime: Runtime,
  files: string[],
  flags: string[],
): Promise<{ version: string; runs: [Run, string][] }> {
  if (runtime === "deno") {
    const command = Deno.execPath();
    const report = nextReport();
    const args = [
      "test",
      "-A",
      // `deno task check` has done it.
      "--no-check",
      "--preload=scripts/test_preload.ts",
      `--junit-path=${report}`,
      ...(jobs > 1 ? ["--parallel"] : []),
      ...flags,
      ...files,
    ];
    const env = { DENO_JOBS: String(jobs) };
    const run = { label: "deno test", command, args, env };
    return { version: Deno.version.deno, runs: [[run, report]] };
  }
  const command = Deno.env.get(`H2CONN_${runtime.toUpperCase()}`);
  if (!command) throw new Error(`There is no ${runtime} to test on`);
  const version = (await output(command, ["--version"])).trim();
  if (runtime === "bun") {
    const report = nextReport();
    const args = [
      "test",
      `--timeout=${secondsPerTest * 1000}`,
      "--reporter=junit",
      `--reporter-outfile=${report}`,
      // Either way, each file has a global object of its own.
      jobs > 1 ? `--parallel=${jobs}` : "--isolate",
      ...flags,
      // A path that does not start with ./ would be a filter.
      ...files.map((file) => file.startsWith("/") ? file : `./${file}`),
    ];
    return { version, runs: [[{ label: "bun test", command, args }, report]] };
  }
  // Each file in a process that has to end by itself: what a test leaves open
  // keeps it from that.
  const runs = files.map((file): [Run, string] => {
    const report = nextReport();
    const args = [
      "--test-reporter=spec",
      "--test-reporter-destination=stdout",
      "--test-reporter=junit",
      `--test-reporter-destination=${report}`,
      `--test-timeout=${secondsPerTest * 1000}`,
      ...flags,
      file,
    ];
    return [{ label: `node ${file}`, command, args }, report];
  });
  return { version, runs };
}

/** Counts the tests in a JUnit report, without the tests that hold others. */
function readReport(xml: string): Tally {
  const tally = { passed: 0, failed: 0, skipped: 0 };
  const cases = [
    ...xml.matchAll(
      /<testcase((?:\s+[\w:.-]+="[^"]*")*)\s*(?:\/>|>([\s\S]*?)<\/testcase>)/g,
    ),
  ].map(([, attributes, body = ""]) => {
    const name = /\sname="([^"]*)"/.exec(attributes)?.[1] ?? "";
    return { name: name.replaceAll("&gt;", ">"), body };
  });
  // Deno has those as tests of their own: `suite`, then `suite > test`.
  const holders = new Set<string>();
  for (const { name } of cases) {
    const parts = name.split(" > ");
    while (parts.pop() !== undefined) holders.add(parts.join(" > "));
  }
  for (const { name, body } of cases) {
    if (holders.has(name)) continue;
    if (/<(failure|error)\b/.test(body)) tally.failed++;
    else if (/<skipped\b/.test(body)) tally.skipped++;
    else tally.passed++;
  }
  return tally;
}

async function read(
  stream: ReadableStream<Uint8Array>,
  live = false,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    if (live) await Deno.stderr.write(chunk);
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

async function execute(
  run: Run,
  report: string,
  seconds: number,
  live: boolean,
): Promise<Tally> {
  const child = new Deno.Command(run.command, {
    args: run.args,
    env: run.env,
    stdin: "null",
    stdout: live ? "inherit" : "piped",
    stderr: "piped",
  }).spawn();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, seconds * 1000);
  const [status, stdout, stderr] = await Promise.all([
    child.status,
    live ? "" : read(child.stdout),
    read(child.stderr, live),
  ]);
  clearTimeout(timer);
  if (!live) console.log(`${run.label}\n${stdout}${stderr}`);

  const xml = await Deno.readTextFile(report).catch(() => "");
  const tally = readReport(xml);
  if (late) {
    console.log(
      `${run.label}: did not end within ${Math.round(seconds)} seconds ` +
        `(a test that hangs, or something left open)`,
    );
  }
  // What the report cannot tell: a file that does not load, a crash, a hang,
  // and what Deno says of errors thrown out of some callbacks, to then go on.
  const stray = /^\S+: Uncaught /m.test(stderr);
  if ((stray || !status.success) && tally.failed === 0) tally.failed = 1;
  return tally;
}

async function runOn(
  runtime: Runtime,
  files: string[],
  flags: string[],
): Promise<Tally> {
  const { version, runs } = await runsFor(runtime, files, flags);
  console.log(`\n=== ${runtime} ${version}: ${files.length} test files ===\n`);
  const end = performance.now() + minutes * 60_000;
  const total = { passed: 0, failed: 0, skipped: 0 };
  const queue = [...runs];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [run, report] = next;
      const left = Math.max(1, (end - performance.now()) / 1000);
      const tally = await execute(
        run,
        report,
        runtime === "node" ? Math.min(left, secondsPerNodeFile) : left,
        runtime !== "node",
      );
      total.passed += tally.passed;
      total.failed += tally.failed;
      total.skipped += tally.skipped;
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return total;
}

const chosen: Runtime[] = [];
const paths: string[] = [];
const flags: string[] = [];
for (const arg of Deno.args) {
  const runtime = runtimes.find((name) => name === arg);
  if (runtime !== undefined) chosen.push(runtime);
  else if (arg.startsWith("-")) flags.push(arg);
  else paths.push(arg);
}

const files: string[] = [];
for (const path of paths.length > 0 ? paths : ["tests"]) {
  files.push(...await findTests(path));
}

// Bun and Node find the development dependencies in node_modules.
await output(Deno.execPath(), ["install", "--quiet"]);
await findRuntimes();

const summary: string[] = [];
const total = { passed: 0, failed: 0, skipped: 0 };
let ok = files.length > 0;
for (const runtime of chosen.length > 0 ? chosen : runtimes) {
  const tally = await runOn(runtime, files, flags);
  const { passed, failed, skipped } = tally;
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  if (failed > 0 || passed === 0) ok = false;
  summary.push(
    `${runtime.padEnd(5)} ${passed} passed, ${failed} failed, ` +
      `${skipped} skipped${passed === 0 ? ": no test ran" : ""}`,
  );
}
await Deno.remove(reports, { recursive: true });

console.log(`\n=== summary ===\n\n${summary.join("\n")}\n`);
console.log(
  `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`,
);
Deno.exit(ok ? 0 : 1);
