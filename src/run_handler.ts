import type { Conn } from "./conn.ts";
import { ArgumentError, H2ConnError } from "./errors.ts";

/** What is done with a Conn, and who is told of the errors in it. */
export interface HandlerRun {
  handle(): void | Promise<void>;
  report(error: unknown): void;
}

/** Checks what `handle` was given; throws {@linkcode ArgumentError}. */
export function checkFunction(fn: unknown): void {
  if (typeof fn === "function") return;
  throw new ArgumentError("Cannot handle: the first argument is no function");
}

/**
 * Lets a handler have a Conn, which is closed when it returns and reset with
 * INTERNAL_ERROR when it throws. It never rejects.
 */
export async function runHandler(conn: Conn, run: HandlerRun): Promise<void> {
  try {
    await run.handle();
    await conn.close();
  } catch (error) {
    conn.abort({ code: "INTERNAL_ERROR", cause: error });
    // That the peer cut the Conn is no fault of the handler.
    if (!(error instanceof H2ConnError) || error instanceof ArgumentError) {
      run.report(error);
    }
  }
}
