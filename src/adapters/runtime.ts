import { nodeAdapter } from "./node_sockets.ts";
import type { RuntimeAdapter } from "./socket.ts";

/**
 * The adapter of the runtime that this is. Node's sockets work on Node, Deno
 * and Bun alike, so there is one so far.
 */
export function runtimeAdapter(): RuntimeAdapter {
  return nodeAdapter;
}
