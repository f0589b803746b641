import { Client, type Conn, handle, serve, type ServeInfo } from "../../mod.ts";
import { within } from "../support/pair.ts";
import { startProxy, type TcpProxy } from "../support/tcp_proxy.ts";
import type { Adapter, Listening, OnConn } from "./adapter.ts";

/** A Conn under test and the other end of it. */
export interface Ends {
  readonly tested: Conn;
  /** h2conn's own, which keeps every promise. */
  readonly peer: Conn;
  /** What the server told its handler. */
  readonly info: ServeInfo | undefined;
}

/** A session between an adapter and h2conn's own other end. */
export interface Link extends AsyncDisposable {
  readonly adapter: Adapter;
  /** What the server pushed, for a server under test. */
  readonly pushed: string[];
  open(): Promise<Ends>;
  /** Sends FIN to the side under test. */
  fin(): void;
  /** Sends GOAWAY(NO_ERROR) to the side under test, as its peer would. */
  goaway(): void;
}

/** Starts a server and a client, one of them under test. */
export async function openLink(adapter: Adapter): Promise<Link> {
  const accepted = new Map<string, (end: [Conn, ServeInfo?]) => void>();
  const endings: (() => void)[] = [];
  const onConn: OnConn = async (conn, info) => {
    const { url } = await conn.opened;
    accepted.get(new URL(url).pathname)?.([conn, info]);
    await new Promise<void>((resolve) => endings.push(resolve));
  };
  const pushed: string[] = [];
  const server = await (adapter.serve ?? serveOwn)(onConn);
  const proxy = await startProxy(server.port);
  const client = adapter.connect
    ? await adapter.connect(proxy.port)
    : connectOwn(proxy.port, pushed);
  let count = 0;

  return {
    adapter,
    pushed,
    async open() {
      const path = `/${++count}`;
      const far = new Promise<[Conn, ServeInfo?]>((resolve) => {
        accepted.set(path, resolve);
      });
      const near = client.open(path);
      const [conn, info] = await within(far, "accept");
      const isServer = adapter.serve !== undefined;
      const [tested, peer] = isServer ? [conn, near] : [near, conn];
      return { tested, peer, info };
    },
    fin: () => adapter.serve ? proxy.cutServer("FIN") : proxy.cutClient("FIN"),
    goaway: () => goaway(proxy, adapter.serve ? "server" : "client"),
    async [Symbol.asyncDispose]() {
      for (const end of endings) end();
      await client.stop();
      await server.stop();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

function connectOwn(port: number, pushed: string[]) {
  const client = new Client();
  return {
    open: (path: string) =>
      client.connect(`http://127.0.0.1:${port}${path}`, {
        onPush({ request, response }) {
          pushed.push(new URL(request.url).pathname);
          response.then((it) => it.body?.cancel()).catch(() => {});
        },
      }),
    stop: () => client.close({ graceMs: 0 }),
  };
}

async function serveOwn(onConn: OnConn): Promise<Listening> {
  const server = await serve(
    { port: 0 },
    handle((conn, _request, info) => onConn(conn, info)),
  );
  return { port: server.addr.port, stop: () => server.shutdown(0) };
}

/** Between two frames: nothing else may be on its way. */
function goaway(proxy: TcpProxy, side: "client" | "server"): void {
  const frame = new Uint8Array(9 + 8);
  frame.set([0, 0, 8, 7], 0);
  // A client's GOAWAY names no stream of the server; a server's all it took.
  if (side === "client") frame.set([0x7f, 0xff, 0xff, 0xff], 9);
  proxy.inject(side, frame);
}
