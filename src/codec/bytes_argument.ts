import { ArgumentError } from "../errors.ts";

/** Throws {@linkcode ArgumentError} for a message that is not bytes. */
export function checkBytes(message: unknown): void {
  if (message instanceof Uint8Array) return;
  throw new ArgumentError("Cannot send this: it is not a Uint8Array");
}
