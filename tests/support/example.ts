import { fileURLToPath } from "node:url";
import {
  listening,
  Program,
  type RunOptions,
  type Serving,
} from "./program.ts";

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
export function startServer(
  name: string,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<Serving> {
  return listening(startExample(name, args, options));
}
