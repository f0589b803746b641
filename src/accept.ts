import type { Conn } from "./conn.ts";
import { acceptedHead } from "./accepted_head.ts";
import { ArgumentError, NotSupportedError, StatusError } from "./errors.ts";
import { FetchAcceptor } from "./fetch_server/fetch_acceptor.ts";
import { checkOrigin, type OriginPolicy } from "./origin_policy.ts";
import { checkFunction, runHandler } from "./run_handler.ts";
import type { ServeInfo } from "./serve_info.ts";
import type { Field } from "./transport.ts";

/** How a request is accepted, whatever server it came to. */
export interface AcceptInit extends OriginPolicy {
  /** The response's status, 200 to 299. Default 200. */
  status?: number;
  /** The response's headers. */
  headers?: HeadersInit;
}

/** Options of {@linkcode accept}. */
export interface AcceptOptions extends AcceptInit {
  /**
   * In a handler of `Deno.serve` or `Bun.serve`, its second argument: Deno's
   * `ServeHandlerInfo`, Bun's `Server`. h2conn's own `serve` needs none.
   */
  info?: unknown;
}

/** Options of {@linkcode handle}, which passes on the handler's `info`. */
export interface HandleOptions extends AcceptInit {
  /**
   * Decides before anything is answered: `false` is 403, a Response is sent as
   * it is.
   */
  authorize?(
    request: Request,
    info?: ServeInfo,
  ): boolean | Response | Promise<boolean | Response>;
}

/** A Conn, and the response that the handler has to return. */
export interface Accepted {
  /** The connection. */
  readonly conn: Conn;
  /** Return it from the handler. */
  readonly response: Response;
}

/** What a server's adapter does when its request is accepted. */
export interface Acceptor {
  readonly authority: string;
  /** What the handler is to be told, if its server has not told it. */
  readonly info?: ServeInfo;
  accept(status: number, headers: readonly Field[]): Accepted;
  /** Counts what goes on after the handler has returned. */
  track(work: Promise<void>): void;
  /** Tells the server's owner of an error in a handler. */
  report(error: unknown): void;
}

const acceptors = new WeakMap<Request, Acceptor>();

/** Makes a request one that {@linkcode accept} takes. */
export function makeAcceptable(request: Request, acceptor: Acceptor): void {
  acceptors.set(request, acceptor);
}

/**
 * Turns a request into a Conn. The response headers go out at once. Go's
 * `h2conn.Accept`.
 *
 * In a handler of `Deno.serve`, or of `Bun.serve` with `http2: true`, pass its
 * second argument as `info`. Return the response at once there, before you
 * wait for anything: it is what carries the bytes. What these servers cannot do
 * is in {@linkcode Supports}, and in docs/adapters.md.
 *
 * Throws {@linkcode NotSupportedError} for a request that is not HTTP/2 (Go's
 * `ErrHTTP2NotSupported`) or a copy of the one that the handler got,
 * {@linkcode StatusError} with 403 for one that a page of another site makes
 * and with 501 for HEAD, {@linkcode ArgumentError} for a status or header that
 * is not allowed.
 *
 * @example
 * ```ts
 * import { accept, serve } from "@h2conn/h2conn";
 *
 * await using server = await serve({ port: 0 }, (request) => {
 *   const { conn, response } = accept(request);
 *   conn.readable.pipeTo(conn.writable).catch(() => {});
 *   return response;
 * });
 * ```
 *
 * @example In a server of Deno's own
 * ```ts
 * import { accept } from "@h2conn/h2conn";
 *
 * const server = Deno.serve({ port: 0 }, (request, info) => {
 *   const { conn, response } = accept(request, { info });
 *   conn.readable.pipeTo(conn.writable).catch(() => {});
 *   return response;
 * });
 * await server.shutdown();
 * ```
 */
export function accept(
  request: Request,
  options: AcceptOptions = {},
): Accepted {
  const { status, fields } = acceptedHead(options);
  const acceptor = acceptorOf(request, options.info);
  checkOrigin(request.headers, acceptor.authority, options);
  if (request.method === "HEAD") {
    throw new StatusError(501, {
      message: 'Method "HEAD" has no content both ways',
    });
  }
  if (request.bodyUsed) {
    throw new ArgumentError("Cannot accept: the request's body has been read");
  }
  return acceptor.accept(status, fields);
}

/**
 * A handler that accepts each request and gives the Conn to `fn`. The Conn is
 * closed when `fn` returns, and reset with INTERNAL_ERROR when it throws.
 * Requests that cannot be accepted get a response that says why. It is a
 * handler for `serve`, for `Deno.serve` and for `Bun.serve`. Throws
 * {@linkcode ArgumentError} if `fn` is no function.
 *
 * @example
 * ```ts
 * import { handle, serve } from "@h2conn/h2conn";
 *
 * await using server = await serve(
 *   { port: 0 },
 *   handle(async (conn) => {
 *     for await (const chunk of conn) await conn.write(chunk);
 *   }),
 * );
 * ```
 */
export function handle(
  fn: (
    conn: Conn,
    request: Request,
    info?: ServeInfo,
  ) => void | Promise<void>,
  options: HandleOptions = {},
): (request: Request, info?: unknown) => Response | Promise<Response> {
  checkFunction(fn);
  const { authorize } = options;

  function start(request: Request, acceptor: Acceptor, info?: ServeInfo) {
    let accepted;
    try {
      accepted = accept(request, options);
    } catch (error) {
      return refusal(error);
    }
    const { conn, response } = accepted;
    acceptor.track(runHandler(conn, {
      handle: () => fn(conn, request, info),
      report: (error) => acceptor.report(error),
    }));
    return response;
  }

  async function ask(request: Request, acceptor: Acceptor, info?: ServeInfo) {
    const verdict = await authorize!(request, info);
    if (verdict instanceof Response) return verdict;
    if (!verdict) return new Response("Forbidden\n", { status: 403 });
    return start(request, acceptor, info);
  }

  return (request, given) => {
    let acceptor;
    try {
      acceptor = acceptorOf(request, given);
      // Nobody else's page is asked about; without it, accept() checks.
      if (authorize) checkOrigin(request.headers, acceptor.authority, options);
    } catch (error) {
      return refusal(error);
    }
    const info = acceptor.info ?? given as ServeInfo | undefined;
    return (authorize ? ask : start)(request, acceptor, info);
  };
}

/** Who takes the request; it is the same every time. */
function acceptorOf(request: Request, info: unknown): Acceptor {
  let acceptor = acceptors.get(request);
  if (acceptor !== undefined) return acceptor;
  if (isServeInfo(info) && info.protocol !== "h2") {
    throw new NotSupportedError("Cannot accept: the request is not HTTP/2");
  }
  if (typeof info !== "object" || info === null || isServeInfo(info)) {
    throw new NotSupportedError(
      "Cannot accept: the request is not HTTP/2, or a copy (pass on the " +
        "Request that the handler got), or its server is not h2conn's (in " +
        "Deno.serve and Bun.serve, pass the handler's second argument as info)",
    );
  }
  acceptor = new FetchAcceptor(request, info);
  acceptors.set(request, acceptor);
  return acceptor;
}

/** Whether it comes from h2conn's own `serve`. */
function isServeInfo(info: unknown): info is ServeInfo {
  return typeof info === "object" && info !== null &&
    "sendInformational" in info;
}

function refusal(error: unknown): Response {
  if (error instanceof StatusError) return error.toResponse();
  if (error instanceof NotSupportedError) {
    return new Response(`${error.message}\n`, { status: 505 });
  }
  throw error;
}
