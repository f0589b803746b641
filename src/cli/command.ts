import { parseArgs, type ParseArgsConfig } from "node:util";
import { ArgumentError } from "../errors.ts";

/** One of the program's commands. */
export interface Command {
  readonly name: string;
  /** What it does, in a few words. */
  readonly summary: string;
  /** What `--help` prints. */
  readonly help: string;
  /** Runs it, and gives the exit code. */
  run(args: readonly string[]): Promise<number>;
}

type Options = NonNullable<ParseArgsConfig["options"]>;

/** The arguments that {@linkcode parseCommand} found. */
type Parsed<T extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; options: T; allowPositionals: true }>
>;

/**
 * Reads the arguments of a command. Throws {@linkcode ArgumentError} in one
 * sentence for an option that it does not know, or that lacks its value.
 */
export function parseCommand<T extends Options>(
  args: readonly string[],
  options: T,
): Parsed<T> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (cause) {
    throw new ArgumentError(sentence(cause as Error), { cause });
  }
}

/** The one positional argument that a command has. */
export function onlyPositional(name: string, positionals: string[]): string {
  if (positionals.length === 1) return positionals[0];
  if (positionals.length === 0) throw new ArgumentError(`${name} is missing`);
  throw new ArgumentError(`Only one ${name} can be given`);
}

/** For a command that has none. */
export function noPositionals([first]: string[]): void {
  if (first === undefined) return;
  throw new ArgumentError(`Argument "${first}" is one too many`);
}

/** Reads an option that is a whole number, or throws. */
export function wholeNumber(
  name: string,
  text: string,
  { min = 0, max }: { min?: number; max: number },
): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new ArgumentError(
    `Option --${name} must be a whole number from ${min} to ${max}, ` +
      `not "${text}"`,
  );
}

/** The largest port there is. */
export const MAX_PORT = 65_535;

/** Reads an option that is a port to listen on, 0 for any, or throws. */
export function portNumber(name: string, text: string): number {
  return wholeNumber(name, text, { max: MAX_PORT });
}

/** What `parseArgs` says, without the lines of advice that follow. */
function sentence({ message }: Error): string {
  return message.split(/\n|\. /)[0].replaceAll("'", '"').replace(/\.$/, "");
}
