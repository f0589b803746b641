import type { IncomingMessage, ServerResponse } from "node:http";
import type {
  Http2ServerRequest,
  Http2ServerResponse,
  Http2Stream,
  IncomingHttpHeaders,
  ServerHttp2Stream,
} from "node:http2";
import type { AcceptInit } from "../accept.ts";
import { type AcceptedHead, acceptedHead } from "../accepted_head.ts";
import type { Conn } from "../conn.ts";
import {
  ArgumentError,
  NotSupportedError,
  ResetError,
  StatusError,
} from "../errors.ts";
import { toHeaders } from "../header_fields.ts";
import { checkAuthority } from "../incoming_request.ts";
import { checkOrigin } from "../origin_policy.ts";
import { StreamConn } from "../stream_conn.ts";
import { fromNodeHeaders, toNodeHeaders } from "./node_headers.ts";
import { NODE_SUPPORT, NodeStreamTransport } from "./node_stream_transport.ts";

/**
 * Turns a request to your own `node:http2` server into a Conn. The response
 * headers go out at once, and there is no response to return. Go's
 * `h2conn.Accept`.
 *
 * It takes what a 'stream' listener gets, or what a 'request' listener gets, of
 * any framework that hands on the two. Headers that were set on the response
 * go out too. Leave the stream, request and response alone afterwards: if
 * something else ends the response, the Conn fails with
 * {@linkcode ArgumentError} and is reset.
 *
 * Throws {@linkcode NotSupportedError} for a request that is not HTTP/2 (Go's
 * `ErrHTTP2NotSupported`), {@linkcode StatusError} with 403 for one that a page
 * of another site makes and for others that you should refuse with its status,
 * {@linkcode ArgumentError} for a status or header that is not allowed, or a
 * request that was answered or read before. A client can make it throw, so catch
 * it, or use {@linkcode handle}, which does.
 *
 * @example
 * ```ts
 * import { accept } from "@h2conn/h2conn/node";
 * import http2 from "node:http2";
 *
 * const server = http2.createServer();
 * server.on("stream", (stream, headers) => {
 *   let conn;
 *   try {
 *     conn = accept(stream, headers);
 *   } catch {
 *     // Thrown out of a listener it would end the program.
 *     stream.respond({ ":status": 403 }, { endStream: true });
 *     return;
 *   }
 *   conn.readable.pipeTo(conn.writable).catch(() => {});
 * });
 * ```
 */
export function accept(
  // What @types/node calls the ServerHttp2Stream of a server's event.
  stream: Http2Stream,
  headers: IncomingHttpHeaders,
  options?: AcceptInit,
): Conn;
/** The same, for the request and response of a 'request' listener. */
export function accept(
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
  options?: AcceptInit,
): Conn;
export function accept(
  source: Http2Stream | IncomingMessage | Http2ServerRequest,
  target: IncomingHttpHeaders | ServerResponse | Http2ServerResponse,
  options: AcceptInit = {},
): Conn {
  const head = acceptedHead(options);
  if (isStream(source)) {
    return acceptStream(source, {
      request: target as IncomingHttpHeaders,
      response: head,
      options,
    });
  }
  const { stream, headers } = source as Http2ServerRequest;
  if (!isStream(stream)) {
    throw new NotSupportedError("Cannot accept: the request is not HTTP/2");
  }
  const response = target as Http2ServerResponse;
  const before = fromNodeHeaders(response.getHeaders())
    .filter(([name]) => !head.fields.some(([own]) => own === name));
  return acceptStream(stream, {
    request: headers,
    response: { ...head, fields: [...before, ...head.fields] },
    options,
  });
}

interface Exchange {
  readonly request: IncomingHttpHeaders;
  readonly response: AcceptedHead;
  readonly options: AcceptInit;
}

function acceptStream(stream: ServerHttp2Stream, exchange: Exchange): Conn {
  const { request, response, options } = exchange;
  const { session } = stream;
  const headers = toHeaders(fromNodeHeaders(request));
  const authority = request[":authority"] ?? headers.get("host") ?? "";
  if (!headers.has("host")) headers.set("host", authority);
  const { [":method"]: method = "", [":path"]: path } = request;
  // Plain CONNECT has no path.
  if (method === "HEAD" || path === undefined) {
    throw new StatusError(501, {
      message: `Method "${method}" has no content both ways`,
    });
  }
  checkAuthority(authority);
  checkOrigin(headers, authority, options);

  const conn = new StreamConn({
    supports: NODE_SUPPORT,
    // RFC 9113 section 8.1: the response is whole, the rest of the request is
    // not wanted, and nothing went wrong.
    lingerCode: "NO_ERROR",
  });
  if (session === undefined || stream.closed || stream.destroyed) {
    conn.onFailure(new ResetError(stream.rstCode ?? 0, { remote: true }));
    return conn;
  }
  if (stream.headersSent) {
    throw new ArgumentError(
      "Cannot accept: the request was accepted or answered before",
    );
  }
  if (stream.readableDidRead || stream.listenerCount("data") > 0) {
    throw new ArgumentError("Cannot accept: the request's body has been read");
  }
  // With a 'request' listener, node:http2 has one that sends END_STREAM even if
  // the stream is reset.
  stream.removeAllListeners("wantTrailers");
  const { status, fields } = response;
  try {
    stream.respond({ ":status": status, ...toNodeHeaders(fields) }, {
      waitForTrailers: true,
    });
  } catch (cause) {
    // Headers that were set on the response are node:http2's to check.
    const { message } = cause as Error;
    throw new ArgumentError(`Cannot accept: ${message}`, { cause });
  }
  conn.attach(new NodeStreamTransport({ stream, session }, conn));
  conn.startWriting();
  const scheme = session.encrypted ? "https" : "http";
  const url = `${scheme}://${authority}${path}`;
  conn.open({ protocol: "h2", url, method, status, headers });
  return conn;
}

function isStream(source: unknown): source is ServerHttp2Stream {
  return typeof (source as ServerHttp2Stream | undefined)?.respond ===
    "function";
}
