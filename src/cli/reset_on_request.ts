import type { Conn } from "../conn.ts";
import type { ErrorCode } from "../http2/error_code.ts";

const HEADER = "h2conn-doctor";
const VALUE = "reset";

/** Asks an echo for a reset; in the response, says that one will come. */
export const RESET_ON_REQUEST: Readonly<Record<string, string>> = {
  [HEADER]: VALUE,
};

/** The code of that reset: one that no proxy uses by itself. */
export const RESET_CODE: ErrorCode = "ENHANCE_YOUR_CALM";

/** Whether these headers ask for one, or promise it. */
export function isResetOnRequest(headers: Headers): boolean {
  return headers.get(HEADER) === VALUE;
}

/** Resets the stream in the middle of what is said. */
export async function resetMidway(conn: Conn): Promise<void> {
  await conn.write(new TextEncoder().encode("What follows is cut: "));
  conn.abort({ code: RESET_CODE });
}
