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
    throw new Refusal("name has control characters");
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
  return name.normalize("NFKC").toLowerCase().replace(/\s+/gu, " ");
}

/** Control, format, private and unassigned characters, and ends of lines. */
const NOT_IN_NAMES = /[\p{C}\p{Zl}\p{Zp}]/u;
