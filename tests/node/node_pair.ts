import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import {
  accept as acceptRequest,
  type AcceptOptions,
  Client,
  type Conn,
  serve,
} from "../../mod.ts";
import {
  accept,
  connect,
  type SessionConnectOptions,
} from "../../src/node/mod.ts";
import { makeCertificates } from "../support/certificates.ts";
import { within } from "../support/pair.ts";

/** Whose client: h2conn's own, or a session of node:http2. */
export type ClientKind = "own" | "session";

/**
 * Whose server: h2conn's own, or one of node:http2 that accepts what its
 * 'stream' or its 'request' event gives.
 */
export type ServerKind = "own" | "stream" | "request";

/** Each end of a pair that has node:http2 on at least one side. */
export const NODE_PAIRS: readonly [ClientKind, ServerKind][] = [
  ["own", "stream"],
  ["own", "request"],
  ["session", "own"],
  ["session", "stream"],
];

/** Options of {@linkcode openNodePair}. */
export interface NodePairOptions {
  client: ClientKind;
  server: ServerKind;
  tls?: boolean;
  /** Where the client connects instead. */
  port?(serverPort: number): number | Promise<number>;
  accept?: AcceptOptions;
  connect?: SessionConnectOptions;
  /** Settings of node:http2, on either side. */
  settings?: http2.Settings;
}

/** Two ends of a Conn. */
export interface Ends {
  readonly near: Conn;
  readonly far: Conn;
}

/** A server and a client of it, and a Conn between them. */
export interface NodePair extends Ends, AsyncDisposable {
  /** The client's session, if it is one of node:http2. */
  readonly session: http2.ClientHttp2Session | undefined;
  /** The server's sessions, if they are those of node:http2. */
  readonly serverSessions: readonly http2.ServerHttp2Session[];
  /** Another Conn of the same session. */
  another(options?: SessionConnectOptions): Promise<Ends>;
}

interface Side extends AsyncDisposable {
  readonly port: number;
  readonly sessions?: http2.ServerHttp2Session[];
}

/** Opens a Conn and gives both of its ends. */
export async function openNodePair(
  options: NodePairOptions,
): Promise<NodePair> {
  const accepted: ((conn: Conn) => void)[] = [];
  const onConn = (conn: Conn) => accepted.shift()!(conn);
  const server = options.server === "own"
    ? await ownServer(options, onConn)
    : await nodeServer(options, onConn);
  const port = await options.port?.(server.port) ?? server.port;
  const origin = `${options.tls ? "https" : "http"}://localhost:${port}`;
  const { ca } = await makeCertificates();
  const client = new Client({ tls: { ca } });
  const session = options.client === "own"
    ? undefined
    : http2.connect(origin, { ca, settings: options.settings });
  session?.on("error", () => {});

  async function another(init = options.connect): Promise<Ends> {
    const far = new Promise<Conn>((resolve) => accepted.push(resolve));
    const near = session === undefined
      ? client.connect(origin, init)
      : connect(session, "/", init);
    return { near, far: await within(far, "accept") };
  }

  async function dispose(): Promise<void> {
    session?.destroy();
    await client.close({ graceMs: 0 });
    await server[Symbol.asyncDispose]();
  }

  try {
    return {
      ...await another(),
      session,
      serverSessions: server.sessions ?? [],
      another,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function ownServer(
  options: NodePairOptions,
  onConn: (conn: Conn) => void,
): Promise<Side> {
  const { cert, key } = await makeCertificates();
  const tls = options.tls ? { cert, key } : undefined;
  const server = await serve({ port: 0, tls }, (request) => {
    const { conn, response } = acceptRequest(request, options.accept);
    onConn(conn);
    return response;
  });
  return {
    port: server.addr.port,
    [Symbol.asyncDispose]: () => server.shutdown(0),
  };
}

async function nodeServer(
  options: NodePairOptions,
  onConn: (conn: Conn) => void,
): Promise<Side> {
  const { settings } = options;
  const { cert, key } = await makeCertificates();
  const server = options.tls
    ? http2.createSecureServer({ cert, key, settings })
    : http2.createServer({ settings });
  const sessions: http2.ServerHttp2Session[] = [];
  server.on("session", (session) => sessions.push(session));
  if (options.server === "stream") {
    server.on("stream", (stream, headers) => {
      onConn(accept(stream, headers, options.accept));
    });
  } else {
    server.on("request", (request, response) => {
      onConn(accept(request, response, options.accept));
    });
  }
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    sessions,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      await within(
        new Promise((resolve) => server.close(resolve)),
        "end of the server",
      );
    },
  };
}
