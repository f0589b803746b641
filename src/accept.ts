import type { Conn } from "./conn.ts";
import { ArgumentError, NotSupportedError, StatusError } from "./errors.ts";
import { acceptedHead } from "./accepted_head.ts";
import { checkOrigin, type OriginPolicy } from "./origin_policy.ts";
import { runHandler } from "./run_handler.ts";
import type { ServeInfo } from "./serve_info.ts";
import type { Field } from "./transport.ts";

/** Options of {@linkcode accept}. */
export interface AcceptOptions extends OriginPolicy {
  /** The response's status, 200 to 299. Default 200. */
  status?: number;
  /** The response's headers. */
  headers?: HeadersInit;
}

/** Options of {@linkcode handle}. */
export interface HandleOptions extends AcceptOptions {
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
 * Throws {@linkcode NotSupportedError} for a request that is not HTTP/2 or not
 * from an h2conn server (Go's `ErrHTTP2NotSupported`), {@linkcode StatusError}
 * with 403 for one that a page of another site makes, {@linkcode ArgumentError}
 * for a status or header that is not allowed.
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
 */
export function accept(
  request: Request,
  options: AcceptOptions = {},
): Accepted {
  const { status, fields } = acceptedHead(options);
  const acceptor = acceptors.get(request);
  if (acceptor === undefined) {
    throw new NotSupportedError(
      "Cannot accept: the request is not HTTP/2, not from h2conn's serve(), " +
        "or a copy (pass on the Request that the handler got)",
    );
  }
  checkOrigin(request.headers, acceptor.authority, options);
  if (request.bodyUsed) {
    throw new ArgumentError("Cannot accept: the request's body has been read");
  }
  return acceptor.accept(status, fields);
}

/**
 * A handler that accepts each request and gives the Conn to `fn`. The Conn is
 * closed when `fn` returns, and reset with INTERNAL_ERROR when it throws.
 * Requests that cannot be accepted get a response that says why.
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
): (request: Request, info?: ServeInfo) => Response | Promise<Response> {
  function start(request: Request, info?: ServeInfo): Response {
    let accepted;
    try {
      accepted = accept(request, options);
    } catch (error) {
      return refusal(error);
    }
    acceptors.get(request)?.track(run(accepted.conn, request, info));
    return accepted.response;
  }

  function run(conn: Conn, request: Request, info?: ServeInfo) {
    return runHandler(conn, {
      handle: () => fn(conn, request, info),
      report: (error) => acceptors.get(request)?.report(error),
    });
  }

  const { authorize } = options;
  if (authorize === undefined) return start;
  return async (request, info) => {
    const acceptor = acceptors.get(request);
    try {
      if (acceptor !== undefined) {
        checkOrigin(request.headers, acceptor.authority, options);
      }
    } catch (error) {
      return refusal(error);
    }
    const verdict = await authorize(request, info);
    if (verdict instanceof Response) return verdict;
    if (!verdict) return new Response("Forbidden\n", { status: 403 });
    return start(request, info);
  };
}

function refusal(error: unknown): Response {
  if (error instanceof StatusError) return error.toResponse();
  if (error instanceof NotSupportedError) {
    return new Response("This needs HTTP/2\n", { status: 505 });
  }
  throw error;
}
