import { bunServe } from "./bun_serve.ts";
import { denoServe } from "./deno_serve.ts";
import type { FetchServer } from "./fetch_server.ts";

/** The server of the runtime that this is; Node has none. */
export function fetchServer(): FetchServer | undefined {
  if ("Bun" in globalThis) return bunServe;
  if ("Deno" in globalThis) return denoServe;
  return undefined;
}
