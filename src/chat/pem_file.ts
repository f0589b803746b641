import { readFile } from "node:fs/promises";
import { ArgumentError } from "../errors.ts";

/** The text of a file that an argument names. */
export async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new ArgumentError(`Cannot read "${path}"`, { cause });
  }
}
