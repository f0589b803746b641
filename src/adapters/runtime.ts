import { denoAdapter } from "./deno_sockets.ts";
import { nodeAdapter } from "./node_sockets.ts";
import type { RuntimeAdapter } from "./socket.ts";

/** The adapter of the runtime that this is: Node's sockets work on Bun too. */
export function runtimeAdapter(): RuntimeAdapter {
  return "Deno" in globalThis ? denoAdapter : nodeAdapter;
}
