import { ArgumentError } from "../errors.ts";
import { readText } from "./file.ts";

/** A certificate and its key, in PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** Reads the files of the options --cert and --key, if they are given. */
export async function readKeyPair(
  { cert, key }: { cert?: string; key?: string },
): Promise<KeyPair | undefined> {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    throw new ArgumentError("Options --cert and --key go together");
  }
  return { cert: await readText(cert), key: await readText(key) };
}
