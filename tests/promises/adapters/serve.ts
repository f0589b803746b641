import { handle, serve } from "../../../mod.ts";
import type { Adapter } from "../adapter.ts";

/** h2conn's own server. */
export const ownServer: Adapter = {
  name: "`serve`",
  runtimes: ["deno", "bun", "node"],
  async serve(onConn) {
    const server = await serve(
      { port: 0 },
      handle((conn, _request, info) => onConn(conn, info)),
    );
    return { port: server.addr.port, stop: () => server.shutdown(0) };
  },
};
