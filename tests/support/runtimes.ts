import process from "node:process";

export const runtimes = ["deno", "bun", "node"] as const;
export type Runtime = typeof runtimes[number];

/** The runtime that this is. */
export const thisRuntime: Runtime = "Deno" in globalThis
  ? "deno"
  : "Bun" in globalThis
  ? "bun"
  : "node";

/** What runs a file on a runtime: the executable, and what is before the file. */
export function runnerOf(
  runtime: Runtime,
): [command: string, ...args: string[]] {
  const command = executable(runtime);
  return runtime === "deno"
    ? [command, "run", "-A", "--no-check", "--quiet"]
    : [command];
}

function executable(runtime: Runtime): string {
  if (runtime === thisRuntime) return process.execPath;
  const name = `H2CONN_${runtime.toUpperCase()}`;
  const path = process.env[name];
  if (path) return path;
  throw new Error(
    `No ${runtime} to test against: run "deno task test", which finds it, ` +
      `or set ${name} to its path`,
  );
}
