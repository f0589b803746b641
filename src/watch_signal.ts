import type { Conn } from "./conn.ts";

/** Cuts a Conn when the signal is aborted, until it has ended. */
export function watchSignal(signal: AbortSignal | undefined, conn: Conn): void {
  if (signal === undefined) return;
  function onAbort() {
    conn.abort({ cause: signal!.reason });
  }
  if (signal.aborted) return onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  const forget = () => signal.removeEventListener("abort", onAbort);
  conn.closed.then(forget, forget);
}
