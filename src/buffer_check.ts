import { ArgumentError } from "./errors.ts";

/** For what is given to `read` or `write` and is no bytes. */
export function notBytes(
  action: "read into" | "write",
  given: unknown,
): ArgumentError {
  const what = given === null ? "null" : `a value of type "${typeof given}"`;
  const hint = typeof given === "string"
    ? "; a TextEncoder makes one of a string"
    : "";
  return new ArgumentError(
    `Cannot ${action} ${what}: it is not a Uint8Array${hint}`,
  );
}

/** For a buffer that was transferred while a call waited. */
export function detached(action: "read into" | "write"): ArgumentError {
  return new ArgumentError(
    `Cannot ${action} this: its buffer was transferred before the call was done`,
  );
}
