import { bunAdapter } from "./bun_sockets.ts";
import { denoAdapter } from "./deno_sockets.ts";
import { nodeAdapter } from "./node_sockets.ts";
import type { RuntimeAdapter } from "./socket.ts";

/** The adapter of the runtime that this is. */
export function runtimeAdapter(): RuntimeAdapter {
  if ("Bun" in globalThis) return bunAdapter;
  if ("Deno" in globalThis) return denoAdapter;
  return nodeAdapter;
}
