import process from "node:process";
import { ArgumentError } from "../errors.ts";
import type { Command } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { errorText } from "./error_text.ts";
import { EXIT_CODE, exitCodeOf } from "./exit_code.ts";
import { printLine } from "./streams.ts";
import { complain } from "./terminal.ts";
import { VERSION } from "./version.ts";

/**
 * Runs the program with these arguments, those of the process by default, and
 * gives its exit code. It prints what went wrong, and never rejects.
 */
export async function main(
  args: readonly string[] = process.argv.slice(2),
): Promise<number> {
  // A reader that went away, as in `| head -1`: who writes is told.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
  const [name, ...rest] = args;
  const command = COMMANDS.find((command) => command.name === name);
  try {
    return await run(name, command, rest);
  } catch (error) {
    // Who reads no more has seen enough.
    if ((error as { code?: string }).code === "EPIPE") return EXIT_CODE.OK;
    complain(describe(error, command));
    return exitCodeOf(error);
  }
}

/** Ends the process, whatever standard input still waits for. */
export function exit(code: number): void {
  // Once what was written before it has left.
  process.stderr.write("", () => process.exit(code));
}

async function run(
  name: string | undefined,
  command: Command | undefined,
  args: string[],
): Promise<number> {
  if (command !== undefined) {
    if (!asksForHelp(args)) return await command.run(args);
    return await print(command.help);
  }
  if (name === "--version" || name === "-V") return await print(VERSION);
  if (name === "--help" || name === "-h") return await print(HELP);
  if (name === "help") return await print(helpOf(args[0]));
  throw new ArgumentError(
    name === undefined ? "A command is missing" : unknown(name),
  );
}

function asksForHelp(args: string[]): boolean {
  const end = args.indexOf("--");
  const options = end === -1 ? args : args.slice(0, end);
  return options.includes("--help") || options.includes("-h");
}

function helpOf(name: string | undefined): string {
  if (name === undefined) return HELP;
  const command = COMMANDS.find((command) => command.name === name);
  if (command === undefined) throw new ArgumentError(unknown(name));
  return command.help;
}

function unknown(name: string): string {
  const what = name.startsWith("-") ? "option" : "command";
  return `Unknown ${what} "${name}"`;
}

const HELP = `h2conn ${VERSION}: full-duplex connections over HTTP/2

Usage: h2conn COMMAND [options]

Commands:
${
  COMMANDS.map(({ name, summary }) => `  ${name.padEnd(9)} ${summary}`)
    .join("\n")
}

Options:
  -h, --help     Show this, or the help of the command before it
  -V, --version  Show the version

Example: an echo server, and a client of it
  h2conn serve --port 8000
  echo hello | h2conn connect http://127.0.0.1:8000`;

async function print(text: string): Promise<number> {
  await printLine(text);
  return EXIT_CODE.OK;
}

/** A usage error ends in where to read on. */
function describe(error: unknown, command: Command | undefined): string {
  if (!(error instanceof ArgumentError)) return errorText(error);
  const help = ["h2conn", command?.name, "--help"].filter(Boolean).join(" ");
  return `${errorText(error)}; see "${help}"`;
}
