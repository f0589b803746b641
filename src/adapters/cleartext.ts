import { listenWith, nodeAdapter } from "./node_sockets.ts";
import type { RuntimeAdapter } from "./socket.ts";

/**
 * An adapter of native sockets for cleartext, and of `node:tls` for TLS, with
 * a `wrap` of its own if that needs one.
 */
export function cleartextAdapter(
  native: Pick<RuntimeAdapter, "dial" | "listen"> & Partial<RuntimeAdapter>,
): RuntimeAdapter {
  const wrap = native.wrap ?? nodeAdapter.wrap;
  return {
    dial: (options) => (options.tls ? nodeAdapter : native).dial(options),
    wrap,
    listen: (options) =>
      options.tls ? listenWith(wrap, options) : native.listen(options),
    checkClientTls: (tls) => nodeAdapter.checkClientTls(tls),
  };
}
