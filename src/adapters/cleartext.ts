import { nodeAdapter } from "./node_sockets.ts";
import type { RuntimeAdapter } from "./socket.ts";

/** An adapter of native sockets for cleartext, and of `node:tls` for TLS. */
export function cleartextAdapter(
  native: Pick<RuntimeAdapter, "dial" | "listen">,
): RuntimeAdapter {
  return {
    dial: (options) => (options.tls ? nodeAdapter : native).dial(options),
    listen: (options) => (options.tls ? nodeAdapter : native).listen(options),
    checkClientTls: (tls) => nodeAdapter.checkClientTls(tls),
  };
}
