import { handle } from "../../../mod.ts";
import type { Adapter } from "../adapter.ts";

/** What is used of Bun's server. */
interface BunRuntime {
  serve(options: {
    hostname: string;
    port: number;
    http2: boolean;
    fetch(request: Request, server: unknown): Response | Promise<Response>;
  }): { readonly port: number; stop(closeActive: boolean): Promise<void> };
}

/** `accept` in a handler of `Bun.serve({ http2: true })`. */
export const bunServe: Adapter = {
  name: "`Bun.serve`",
  runtimes: ["bun"],
  async serve(onConn) {
    const { Bun } = globalThis as unknown as { Bun: BunRuntime };
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      http2: true,
      fetch: handle((conn, _request, info) => onConn(conn, info)),
    });
    return await Promise.resolve({
      port: server.port,
      stop: () => server.stop(true),
    });
  },
};
