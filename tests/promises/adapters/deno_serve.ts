import { handle } from "../../../mod.ts";
import type { Adapter } from "../adapter.ts";

/** `accept` in a handler of `Deno.serve`. */
export const denoServe: Adapter = {
  name: "`Deno.serve`",
  runtimes: ["deno"],
  async serve(onConn) {
    const cut = new AbortController();
    const server = Deno.serve(
      {
        hostname: "127.0.0.1",
        port: 0,
        signal: cut.signal,
        onListen() {},
        // It is told of every abort of a Conn.
        onError: () => new Response(null, { status: 500 }),
      },
      handle((conn, _request, info) => onConn(conn, info)),
    );
    return await Promise.resolve({
      port: server.addr.port,
      async stop() {
        cut.abort();
        await server.finished;
      },
    });
  },
  lacks: {
    "goaway": "hyper ends the streams of a session that gets GOAWAY",
  },
};
