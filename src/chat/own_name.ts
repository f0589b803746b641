import { userInfo } from "node:os";
import process from "node:process";
import { ArgumentError } from "../errors.ts";

/** Where {@linkcode ownName} looks. */
export interface NameSources {
  /** What the system knows; it may throw. */
  system?(): string;
  env?: Readonly<Record<string, string | undefined>>;
}

/**
 * What the user of this process is called. Throws {@linkcode ArgumentError} if
 * nothing tells: in a container, a user may be a number and no more.
 */
export function ownName(
  { system = systemName, env = process.env }: NameSources = {},
): string {
  const { name, cause } = attempt(system);
  const known = name === BUNS_NOBODY ? undefined : name;
  const found = known || env.USER || env.LOGNAME;
  if (found) return found;
  throw new ArgumentError(
    "There is no user name to take: give one with --name",
    { cause },
  );
}

/** What Bun calls a user whom its environment does not name. */
const BUNS_NOBODY = "unknown";

function systemName(): string {
  return userInfo().username;
}

function attempt(system: () => string): { name?: string; cause?: unknown } {
  try {
    return { name: system() };
  } catch (cause) {
    return { cause };
  }
}
