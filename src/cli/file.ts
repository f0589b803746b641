import { readFile } from "node:fs/promises";
import { EXIT_CODE, Failure } from "./exit_code.ts";

/** Reads a file that an option names, or fails in one sentence. */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw fileFailure("read", path, cause);
  }
}

/** What an error of the file system means. */
export function fileFailure(
  what: string,
  path: string,
  cause: unknown,
): Failure {
  const { code, message } = cause as Error & { code?: string };
  const why = REASONS[code ?? ""] ?? message;
  return new Failure(EXIT_CODE.LOCAL, `Cannot ${what} "${path}": ${why}`, {
    cause,
  });
}

const REASONS: Record<string, string> = {
  EACCES: "permission denied",
  EEXIST: "it exists",
  EISDIR: "it is a folder",
  ENOENT: "there is no such file or folder",
  ENOTDIR: "part of the path is no folder",
};
