// Where the `node:http2` of Bun and Deno is not like that of Node.

const isBun = "Bun" in globalThis;
const isDeno = "Deno" in globalThis && !isBun;

/**
 * While one stream is stalled, Bun queues what the others write, and forgets
 * it until a frame comes or goes.
 */
export const FORGETS_WRITES: boolean = isBun;

/** Bun pushes `null` for a reset before it says that the stream is over. */
export const ENDS_BEFORE_RESET: boolean = isBun;

/**
 * Deno closes a session while it still reads the GOAWAY that says so, and
 * crashes (denoland/deno#36788).
 */
export const CLOSES_TOO_SOON: boolean = isDeno;
