import http from "node:http";
import https from "node:https";
import net from "node:net";
import tls from "node:tls";
import { runtimeAdapter } from "../adapters/runtime.ts";
import { checkGrace, connectionOptions } from "../connection_options.ts";
import { ArgumentError, NotSupportedError } from "../errors.ts";
import { Responder } from "../responder.ts";
import type { Handler, ServeOptions } from "../server.ts";
import { ServerConnections } from "../server_connections.ts";
import { sniffPreface } from "./preface_sniffer.ts";

/** Options of {@linkcode mount}. */
export interface MountOptions
  extends Pick<ServeOptions, "limits" | "windows" | "timeouts" | "onError"> {
  /**
   * On a server of `node:net` or `node:tls`: whether requests of HTTP/1.1 and
   * 1.0 reach the handler too. Default true; otherwise they are answered with
   * 505.
   */
  allowHttp1?: boolean;
}

/** What {@linkcode mount} has put onto a server. */
export interface Mounted extends AsyncDisposable {
  /**
   * Gives new connections back to the server, lets open streams end for
   * `graceMs` milliseconds (default 5000), then cuts the rest. The server
   * itself goes on. Idempotent.
   */
  close(graceMs?: number): Promise<void>;
}

/**
 * Serves HTTP/2 on the sockets of a server that is there already, with the
 * handler of `serve`. What is HTTP/2's depends on the server:
 *
 * - `node:https`: who agrees on `h2` by ALPN; create the server with
 *   `ALPNProtocols: ["h2", "http/1.1"]`. HTTP/1.1 stays with the server and its
 *   app.
 * - `node:http`: who starts with HTTP/2's preface (prior knowledge, RFC 9113
 *   section 3.3). All else stays with the server and its app.
 * - `node:tls` and `node:net`: everybody, HTTP/1.1 included.
 *
 * The server's listeners, timeouts and limits go on to work, and it is its
 * owner who calls `listen` and `close`. Close what is mounted first: a server
 * closes only once its connections have ended.
 *
 * Throws {@linkcode ArgumentError} for a server that offers no `h2`, or that
 * speaks HTTP/2 itself, {@linkcode NotSupportedError} for one that hands out
 * no sockets: those of Bun's `node:http` and `node:https`.
 *
 * @example
 * ```ts
 * import http from "node:http";
 * import { handle } from "@h2conn/h2conn";
 * import { mount } from "@h2conn/h2conn/node";
 *
 * const server = http.createServer((_, response) => response.end("HTTP/1.1"));
 * await using _mounted = mount(
 *   server,
 *   handle(async (conn) => {
 *     for await (const chunk of conn) await conn.write(chunk);
 *   }),
 * );
 * server.listen(8000);
 * ```
 */
export function mount(
  server: net.Server,
  handler: Handler,
  options: MountOptions = {},
): Mounted {
  if (typeof handler !== "function") {
    throw new ArgumentError("Cannot mount: the handler is not a function");
  }
  checkServer(server);
  if (mounted.has(server)) {
    throw new ArgumentError(
      "Cannot mount: something is mounted on this server already",
    );
  }
  const { limits, windows, timeouts, onError, allowHttp1 = true } = options;
  const connection = connectionOptions({ limits, windows, timeouts });
  const isHttp = server instanceof http.Server ||
    server instanceof https.Server;
  const connections = new ServerConnections(
    connection,
    new Responder({ handler, onError }),
    { allowHttp1: allowHttp1 && !isHttp },
  );
  function take(socket: net.Socket): void {
    socket.setNoDelay(true);
    connections.add(runtimeAdapter().wrap(socket));
    socket.resume();
  }
  const giveBack = isHttp
    ? takeHttp2(server, take, connection.timeouts.connectTimeout)
    : takeAll(server, take);
  mounted.add(server);
  return new Mount(connections, () => {
    giveBack();
    mounted.delete(server);
  });
}

/** Whose sockets are taken. */
const mounted = new WeakSet<net.Server>();

/** What an HTTP server's own listener does with a socket, or ours. */
type Take = (socket: net.Socket) => void;

/** Takes every socket. Gives a function that undoes it. */
function takeAll(server: net.Server, take: Take): () => void {
  const event = socketEvent(server);
  server.on(event, take);
  return () => server.off(event, take);
}

/**
 * Takes the sockets of HTTP/2, and leaves the others to the HTTP server's own
 * listener. Gives a function that undoes it.
 */
function takeHttp2(
  server: net.Server,
  take: Take,
  timeout: number,
): () => void {
  const event = socketEvent(server);
  const theirs = httpListener(server, event);
  const undecided = new Set<() => void>();

  function sort(socket: net.Socket): void {
    if (socket instanceof tls.TLSSocket) {
      return pass(socket, socket.alpnProtocol === "h2");
    }
    const decide = sniffPreface(socket, {
      timeout,
      onKnown(hasPreface) {
        undecided.delete(decide);
        pass(socket, hasPreface);
      },
      onGone: () => undecided.delete(decide),
    });
    undecided.add(decide);
  }

  function pass(socket: net.Socket, isHttp2: boolean): void {
    if (isHttp2) take(socket);
    else theirs.call(server, socket);
  }

  server.off(event, theirs);
  server.prependListener(event, sort);
  return () => {
    server.off(event, sort);
    server.prependListener(event, theirs);
    for (const decide of undecided) decide();
  };
}

function socketEvent(server: net.Server): "connection" | "secureConnection" {
  return server instanceof tls.Server ? "secureConnection" : "connection";
}

class Mount implements Mounted {
  readonly #connections: ServerConnections;
  readonly #restore: () => void;
  #closed: Promise<void> | undefined;

  constructor(connections: ServerConnections, restore: () => void) {
    this.#connections = connections;
    this.#restore = restore;
  }

  close(graceMs = 5000): Promise<void> {
    checkGrace(graceMs);
    if (this.#closed === undefined) {
      this.#restore();
      this.#closed = this.#connections.close(graceMs);
    }
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function checkServer(server: net.Server): void {
  if (!(server instanceof net.Server)) {
    if ((server as unknown) instanceof http.Server) {
      throw new NotSupportedError(
        "Cannot mount: this runtime's node:http and node:https hand out no " +
          "sockets; use serve(), or a server of node:net or node:tls",
      );
    }
    throw new ArgumentError("Cannot mount: this is no server of node:net");
  }
  if ("updateSettings" in server) {
    throw new ArgumentError(
      "Cannot mount: a server of node:http2 speaks HTTP/2 itself",
    );
  }
  if (server instanceof tls.Server && !offersHttp2(server)) {
    throw new ArgumentError(
      'Cannot mount: the server does not offer "h2" by ALPN; create it with ' +
        'ALPNProtocols: ["h2", "http/1.1"]',
    );
  }
}

/** What TLS servers keep of their options, as Node, Deno and Bun do. */
interface AlpnServer {
  /** Each name after its length, as on the wire. */
  ALPNProtocols?: Uint8Array;
  ALPNCallback?: unknown;
}

function offersHttp2(server: tls.Server): boolean {
  const { ALPNProtocols, ALPNCallback } = server as AlpnServer;
  if (ALPNCallback !== undefined) return true;
  return String.fromCharCode(...ALPNProtocols ?? []).includes("\x02h2");
}

/** The listener by which an HTTP server takes its sockets. */
function httpListener(server: net.Server, event: string): Take {
  const found = server.listeners(event).find(({ name }) =>
    name === "connectionListener"
  );
  if (found !== undefined) return found as Take;
  throw new ArgumentError(
    "Cannot mount: the server's own listener for its sockets is gone",
  );
}
