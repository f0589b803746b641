import { SYSTEM } from "./post.ts";
import { Refusal } from "./refusal.ts";

/** Most characters of a name. */
export const MAX_NAME_LENGTH = 32;

/** The name that a client asks for, tidied; throws {@linkcode Refusal}. */
export function userName(value: unknown): string {
  if (typeof value !== "string") throw new Refusal("name is not a string");
  const name = value.normalize("NFC").trim();
  if (name === "") throw new Refusal("name is empty");
  if (NOT_IN_NAMES.test(name)) {
    throw new Refusal("name has control or invisible characters");
  }
  if (/[<>]/.test(name.normalize("NFKC"))) {
    // A post is shown as `<name> text`: it is to be seen where a name ends.
    throw new Refusal('name has "<" or ">"');
  }
  if ([...name].length > MAX_NAME_LENGTH) {
    throw new Refusal(`name is longer than ${MAX_NAME_LENGTH} characters`);
  }
  if (nameKey(name) === nameKey(SYSTEM)) {
    throw new Refusal(`name "${name}" is taken by the room`);
  }
  return name;
}

/** The same for names that look alike to most people. */
export function nameKey(name: string): string {
  return name.normalize("NFKC").replace(INVISIBLE, "").toLowerCase()
    .replace(/\s+/gu, " ").trim();
}

/** What takes no room on a screen, such as joiners and fillers of scripts. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * Control, format, private and unassigned characters, ends of lines, what is
 * invisible, and the blank of Braille.
 */
const NOT_IN_NAMES =
  /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;
