import { fileURLToPath } from "node:url";
import { Program, type RunOptions } from "./program.ts";

/** Starts one of `examples`, by its path there without `.ts`. */
export function startExample(
  name: string,
  args: readonly string[] = [],
  options: RunOptions = {},
): Program {
  const file = new URL(`../../examples/${name}.ts`, import.meta.url);
  return new Program(fileURLToPath(file), args, {
    ...options,
    // What follows would colour the output, or add to it.
    env: { NO_COLOR: "1", NODE_NO_WARNINGS: "1", ...options.env },
  });
}

/** Starts one that serves, and gives the URL at which it listens. */
export async function startServer(
  name: string,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<{ program: Program; url: string }> {
  const program = startExample(name, args, options);
  try {
    const [, url] = await program.said(/^(?:Listening|Serving) on (\S+)$/m);
    return { program, url };
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}
