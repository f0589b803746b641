/**
 * The program `h2conn` as its user has it.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import {
  type Ended,
  listening,
  Program,
  type RunOptions,
  RUNTIME,
  type Serving,
} from "../support/program.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** What starts the program on this runtime. */
export const COMMAND: readonly string[] = [...RUNTIME, MAIN];

/** Starts the program. */
export function startH2conn(
  args: readonly string[],
  options: RunOptions = {},
): Program {
  return new Program(MAIN, args, options);
}

/** Runs the program to its end. */
export async function h2conn(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ended> {
  await using program = startH2conn(args, { input: "", ...options });
  return await program.ended;
}

/** Starts `h2conn serve`, and gives its URL. */
export function startServe(
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<Serving> {
  return listening(startH2conn(["serve", "--port", "0", ...args], options));
}
