import type { Server } from "../server.ts";
import { complain } from "./terminal.ts";

/**
 * Warns of a server that lets everybody in, if others than this machine reach
 * it. The advice says what to do about that, or what to know.
 */
export function warnIfOpen(
  { addr: { hostname } }: Server,
  advice: string,
): void {
  const isLocal = hostname.startsWith("127.") || hostname === "::1";
  if (isLocal) return;
  complain(
    `Warning: everybody who reaches ${hostname} may connect; ${advice}`,
  );
}
