import type { Accepted, Acceptor } from "../accept.ts";
import { ArgumentError, NotSupportedError, StatusError } from "../errors.ts";
import { malformedAuthority } from "../incoming_request.ts";
import { LazyPromise } from "../lazy_promise.ts";
import type { ServeInfo } from "../serve_info.ts";
import { promisedRequest } from "../server_push.ts";
import { StreamConn } from "../stream_conn.ts";
import type { Field } from "../transport.ts";
import type { FetchServer } from "./fetch_server.ts";
import { FetchTransport } from "./fetch_transport.ts";
import { fetchServer } from "./runtime.ts";

/**
 * Accepts a request of the runtime's own server. Throws
 * {@linkcode NotSupportedError} if it is HTTP/1.x, or the runtime has no such
 * server, and {@linkcode StatusError} with 405 for a method without content.
 */
export class FetchAcceptor implements Acceptor {
  readonly authority: string;
  readonly info: ServeInfo;
  readonly #server: FetchServer;
  readonly #request: Request;
  readonly #given: object;
  readonly #completed = new LazyPromise<void>();
  #isAccepted = false;

  constructor(request: Request, given: object) {
    const server = fetchServer();
    if (server === undefined) {
      throw new NotSupportedError(
        "Cannot accept: this runtime has no server of its own that gives " +
          "handlers a Request; use h2conn's serve()",
      );
    }
    if (server.isHttp1(request)) {
      throw new NotSupportedError("Cannot accept: the request is not HTTP/2");
    }
    if (request.method === "GET" || request.method === "HEAD") {
      throw new StatusError(405, {
        message: `Cannot accept a ${request.method}: ${server.name} drops ` +
          `its content; send POST or PUT`,
        headers: { allow: "POST, PUT, PATCH" },
      });
    }
    this.authority = authorityOf(request.url);
    this.#server = server;
    this.#request = request;
    this.#given = given;
    this.info = this.#serveInfo();
  }

  accept(status: number, headers: readonly Field[]): Accepted {
    const { method, url, body } = this.#request;
    if (this.#isAccepted) {
      throw new ArgumentError("Cannot accept: the request was accepted before");
    }
    if (body?.locked) {
      throw new ArgumentError("Cannot accept: the request's body is in use");
    }
    this.#isAccepted = true;
    const conn = new StreamConn({ supports: this.#server.supports });
    const transport = new FetchTransport(conn, {
      server: this.#server,
      request: this.#request,
      info: this.#given,
      remoteAddr: this.info.remoteAddr,
      completed: this.#completed,
    });
    conn.attach(transport);
    conn.startWriting();
    conn.open({
      protocol: "h2",
      url,
      method,
      status,
      headers: this.#request.headers,
    });
    transport.start();
    const response = new Response(transport.body, {
      status,
      headers: [...headers] as [string, string][],
    });
    return { conn, response };
  }

  /** The server counts its responses itself. */
  track(): void {}

  report(error: unknown): void {
    console.error("Error in a handler of h2conn's handle():", error);
  }

  #serveInfo(): ServeInfo {
    const { authority } = this;
    const completed = this.#completed;
    return {
      protocol: "h2",
      connectProtocol: undefined,
      localAddr: undefined,
      remoteAddr: this.#server.remoteAddr(this.#request, this.#given),
      get completed() {
        return completed.promise;
      },
      push(path, init = {}) {
        promisedRequest(path, init, { scheme: "https", authority });
        return { pushed: false, reason: "unsupported" };
      },
      sendInformational: () => false,
    };
  }
}

/** Bun gives handlers requests whose authority makes no URL. */
function authorityOf(url: string): string {
  try {
    const { host, username, password } = new URL(url);
    if (host && !username && !password) return host;
  } catch {
    // It is told below.
  }
  throw malformedAuthority();
}
