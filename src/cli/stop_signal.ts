import process from "node:process";
import { EXIT_CODE } from "./exit_code.ts";
import { say } from "./terminal.ts";

/**
 * Calls `stop` at ctrl-C, SIGTERM, or SIGHUP of a terminal that closes; the
 * second one ends the program.
 */
export function onStopSignal(stop: () => void): void {
  let isAsked = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (isAsked) process.exit(EXIT_CODE.INTERRUPTED);
      isAsked = true;
      if (process.stderr.isTTY) say("Draining; ctrl-C again cuts");
      stop();
    });
  }
}
