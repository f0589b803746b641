import type { Addr } from "./addr.ts";
import { makeReadable, type StreamSource } from "./conn_streams.ts";
import { StatusError } from "./errors.ts";
import { toHeaders } from "./header_fields.ts";
import type { RequestHead } from "./http2/field_validation.ts";

/** What a request is made of, besides its head. */
export interface RequestParts {
  readonly scheme: "http" | "https";
  /** Whether extended CONNECT (RFC 8441) is served. */
  readonly takesConnect?: boolean;
  /** For a request that names no authority. */
  readonly localAddr: Addr | undefined;
  /** The content, or undefined if there is none. */
  readonly body: StreamSource | undefined;
  /** Aborted when the stream is cut. */
  readonly signal: AbortSignal;
}

/**
 * The Request for a handler. Throws {@linkcode StatusError} if there cannot be
 * one: a URL that is none, a method that `Request` does not take.
 */
export function makeRequest(head: RequestHead, parts: RequestParts): Request {
  const isConnect = parts.takesConnect && head.protocol !== undefined;
  // No Request can be of method CONNECT.
  const method = isConnect ? "POST" : head.method;
  if (["CONNECT", "TRACE", "TRACK"].includes(method.toUpperCase())) {
    throw new StatusError(501, { message: `Method "${method}" is not served` });
  }
  const headers = toHeaders(head.fields);
  const authority = head.authority || authorityOf(parts.localAddr);
  checkAuthority(authority);
  if (!headers.has("host")) headers.set("host", authority);
  const path = head.path === "*" ? "/" : head.path;
  const hasBody = parts.body !== undefined && method !== "GET" &&
    method !== "HEAD";
  const init: RequestInit & { duplex?: "half" } = {
    method,
    headers,
    signal: parts.signal,
  };
  if (hasBody) {
    init.body = makeReadable(parts.body!);
    init.duplex = "half";
  }
  let request;
  try {
    request = new Request(`${parts.scheme}://${authority}${path}`, init);
  } catch (cause) {
    throw new StatusError(400, {
      message: "The URL or the method is malformed",
      cause,
    });
  }
  // Bun makes GET of the methods that it doesn't know.
  if (request.method.toUpperCase() !== method.toUpperCase()) {
    throw new StatusError(501, { message: `Method "${method}" is not served` });
  }
  // A handler that knows nothing of it must not take it for a POST.
  if (isConnect) Object.defineProperty(request, "method", { value: "CONNECT" });
  return request;
}

/**
 * Whether it does not reach into the URL's path, nor holds user information
 * (RFC 9113 section 8.3.1).
 */
export function isAuthority(text: string): boolean {
  return !/[\/\\?#@\s]/.test(text);
}

/** Throws {@linkcode StatusError} with 400 for an authority that is none. */
export function checkAuthority(authority: string): void {
  if (!isAuthority(authority)) throw malformedAuthority();
}

/** For a request whose authority is none. */
export function malformedAuthority(): StatusError {
  return new StatusError(400, { message: "The authority is malformed" });
}

/** Where there is no address, as for a Unix socket, there is no other host. */
function authorityOf(addr: Addr | undefined): string {
  if (addr === undefined) return "localhost";
  const { hostname, port } = addr;
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}
