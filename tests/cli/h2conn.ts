/**
 * The program `h2conn` as its user has it.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import {
  type Ended,
  Program,
  type RunOptions,
  RUNTIME,
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
export async function startServe(
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<{ program: Program; url: string }> {
  const program = startH2conn(["serve", "--port", "0", ...args], options);
  try {
    const [, url] = await program.said(/^Listening on (\S+)$/m);
    return { program, url };
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}
