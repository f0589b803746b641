import process from "node:process";

const RED = 31;

/** Something to write to that may be a terminal. */
export interface Terminal {
  readonly isTTY?: boolean;
}

/** Prints a line for the person, on standard error. */
export function say(line: string): void {
  process.stderr.write(`${printable(line)}\n`);
}

/** Prints what went wrong, in one line. */
export function complain(message: string): void {
  const name = colour(process.stderr, RED, "h2conn:");
  process.stderr.write(`${name} ${printable(message)}\n`);
}

/** Text in a colour, where it is wanted: https://no-color.org. */
export function colour(on: Terminal, code: number, text: string): string {
  const isWanted = on.isTTY && !process.env.NO_COLOR &&
    process.env.TERM !== "dumb";
  return isWanted ? `\x1b[${code}m${text}\x1b[39m` : text;
}

/**
 * What a peer sent must not steer the terminal, end the line, nor turn its
 * direction (https://trojansource.codes).
 */
export function printable(text: string): string {
  return text.replace(STEERING, (character) => {
    if (character === "\n") return " ";
    const code = character.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, "0")}`;
  });
}

const STEERING =
  // deno-lint-ignore no-control-regex
  /[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g;
