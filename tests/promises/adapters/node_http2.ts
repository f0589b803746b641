import { once } from "node:events";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { connect, handle } from "../../../src/node/mod.ts";
import type { Adapter } from "../adapter.ts";

/** `accept` of `./node` in a server of `node:http2`. */
export const nodeServer: Adapter = {
  name: "`node:http2` server",
  runtimes: ["deno", "bun", "node"],
  async serve(onConn) {
    const sessions = new Set<http2.ServerHttp2Session>();
    const server = http2.createServer();
    server.on("stream", handle((conn) => onConn(conn)));
    server.on("session", (session) => {
      sessions.add(session);
      session.on("error", () => {});
      session.on("close", () => sessions.delete(session));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return {
      port: (server.address() as AddressInfo).port,
      async stop() {
        for (const session of sessions) session.destroy();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  },
};

/** `connect` of `./node` over a session of `node:http2`. */
export const nodeClient: Adapter = {
  name: "`node:http2` client",
  runtimes: ["deno", "bun", "node"],
  async connect(port) {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    const closed = new Promise<void>((resolve) => session.on("close", resolve));
    await once(session, "connect");
    return {
      open: (path) => connect(session, path),
      async stop() {
        session.destroy();
        await closed;
      },
    };
  },
};
