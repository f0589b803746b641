/**
 * Deno, Bun and Node for scripts that run things on all of them: Deno is the
 * one that runs the script, the others come from npm.
 *
 * @module
 */

/** What npx is asked for. */
export const RUNTIME_SPECS = { bun: "bun@1.4", node: "node@26.10" } as const;

/** A runtime that can be started: `[command, ...args, file]`. */
export interface RuntimeCommand {
  /** Its name and version. */
  readonly label: string;
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * Has npx fetch a runtime and gives the path of its executable; that of
 * H2CONN_BUN or H2CONN_NODE where it is set and asked for.
 */
export async function findExecutable(
  spec: string,
  variable?: string,
): Promise<string> {
  const given = variable && Deno.env.get(variable);
  if (given) return given;
  const { success, stdout, stderr } = await new Deno.Command("npx", {
    args: ["-y", spec, "-p", "process.execPath"],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (!success) {
    throw new Error(`npx ${spec} failed:\n${decoder.decode(stderr)}`);
  }
  return decoder.decode(stdout).trim().split("\n").at(-1)!;
}

/** The three runtimes that the library is for. */
export async function findRuntimes(): Promise<
  Record<"deno" | "bun" | "node", RuntimeCommand>
> {
  const [bun, node] = await Promise.all([
    findExecutable(RUNTIME_SPECS.bun, "H2CONN_BUN"),
    findExecutable(RUNTIME_SPECS.node, "H2CONN_NODE"),
  ]);
  return {
    deno: {
      label: `Deno ${Deno.version.deno}`,
      command: Deno.execPath(),
      args: ["run", "-A", "--quiet"],
    },
    bun: { label: `Bun ${await version(bun)}`, command: bun, args: [] },
    node: await nodeCommand(node),
  };
}

/** A Node of that npm version, besides the one the library is tested on. */
export async function findNode(spec: string): Promise<RuntimeCommand> {
  return await nodeCommand(await findExecutable(spec));
}

async function nodeCommand(command: string): Promise<RuntimeCommand> {
  return { label: `Node ${await version(command)}`, command, args: [] };
}

async function version(command: string): Promise<string> {
  const { stdout } = await new Deno.Command(command, { args: ["--version"] })
    .output();
  return new TextDecoder().decode(stdout).trim().replace(/^v/, "");
}
