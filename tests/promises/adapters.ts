import type { Adapter } from "./adapter.ts";
import { bunServe, denoServe } from "./adapters/native_serve.ts";
import { nodeClient, nodeServer } from "./adapters/node_http2.ts";
import { ownServer } from "./adapters/serve.ts";

/** Every way to get a Conn, in the order of the docs. */
export const adapters: readonly Adapter[] = [
  ownServer,
  denoServe,
  bunServe,
  nodeServer,
  nodeClient,
];
