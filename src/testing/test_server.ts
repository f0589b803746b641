import { Client, type ClientOptions } from "../client.ts";
import type { Conn } from "../conn.ts";
import type { ConnectOptions } from "../connect_options.ts";
import { type Handler, serve, type ServeOptions } from "../server.ts";

/** Options of {@linkcode newTestServer}. */
export interface TestServerOptions {
  /** For the server, which takes any free port. Default: cleartext. */
  server?: Omit<ServeOptions, "port">;
  /** For the Client, such as the CA of the server's certificate. */
  client?: ClientOptions;
}

/** A server for one test, with a Client to it. */
export interface TestServer extends AsyncDisposable {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** A Client with the options given. */
  readonly client: Client;
  /** Connects the Client to a path of the server. Default `"/"`. */
  connect(path?: string, options?: ConnectOptions): Conn;
  /** Closes Client and server; Conns that are open are cut after a second. */
  close(): Promise<void>;
}

const GRACE_MS = 1000;

/**
 * Serves on a free port until it is closed. Go's `h2test.NewServer`.
 *
 * @example
 * ```ts
 * import { handle } from "@h2conn/h2conn";
 * import { newTestServer } from "@h2conn/h2conn/testing";
 *
 * await using server = await newTestServer(
 *   handle((conn) => conn.readable.pipeTo(conn.writable)),
 * );
 * await using conn = server.connect("/echo");
 * await conn.write(new TextEncoder().encode("hello"));
 * console.log(await conn.read(new Uint8Array(100))); // 5
 * ```
 */
export async function newTestServer(
  handler: Handler,
  options: TestServerOptions = {},
): Promise<TestServer> {
  const client = new Client(options.client);
  const server = await serve({ ...options.server, port: 0 }, handler);
  const { url } = server;

  async function close(): Promise<void> {
    await Promise.all([
      client.close({ graceMs: GRACE_MS }),
      server.shutdown(GRACE_MS),
    ]);
  }

  return {
    url,
    client,
    connect: (path = "/", connectOptions) =>
      client.connect(new URL(path, url), connectOptions),
    close,
    [Symbol.asyncDispose]: close,
  };
}
