import { ArgumentError } from "./errors.ts";
import { headerFields } from "./header_fields.ts";
import type { RequestHead } from "./http2/field_validation.ts";

/** What to push, if it is more than the handler's answer to a plain GET. */
export interface PushInit {
  /** The promised request's method. Default `"GET"`. */
  method?: "GET" | "HEAD";
  /** The promised request's headers. */
  headers?: HeadersInit;
  /** The response. Without it, the handler is asked for one. */
  response?: Response;
}

/**
 * Why nothing was pushed:
 *
 * - `"http1"`: the client speaks HTTP/1.x.
 * - `"disabled"`: the client takes no pushes (SETTINGS_ENABLE_PUSH).
 * - `"nested"`: the request was itself pushed.
 * - `"limit"`: the client, or this server, takes no more streams now.
 * - `"closed"`: the response has ended, or the connection is about to.
 * - `"unsupported"`: the server is not h2conn's own, and cannot.
 */
export type PushRefusal =
  | "http1"
  | "disabled"
  | "nested"
  | "limit"
  | "closed"
  | "unsupported";

/** What came of a push. */
export type PushResult =
  | { readonly pushed: true }
  | { readonly pushed: false; readonly reason: PushRefusal };

/**
 * The request to promise. Throws {@linkcode ArgumentError} for what may not
 * be: it has to be safe and of this origin (RFC 9113 section 8.4).
 */
export function promisedRequest(
  path: string,
  init: PushInit,
  origin: { readonly scheme: string; readonly authority: string },
): RequestHead {
  const method = init.method ?? "GET";
  if (method !== "GET" && method !== "HEAD") {
    throw new ArgumentError(
      `Cannot push: method "${method}" is neither GET nor HEAD`,
    );
  }
  if (typeof path !== "string" || !/^\/[\x21-\x7e]*$/.test(path)) {
    throw new ArgumentError(
      `Cannot push "${path}": it is no path that starts with "/"`,
    );
  }
  if (init.response?.bodyUsed || init.response?.body?.locked) {
    throw new ArgumentError("Cannot push: the response's body is in use");
  }
  const fields = headerFields(init.headers ?? {});
  for (const [name, value] of fields) {
    const isForeign = name === "host" && value !== origin.authority;
    if (name !== "content-length" && !isForeign) continue;
    throw new ArgumentError(
      `Cannot push: a promised request has no "${name}" of "${value}"`,
    );
  }
  return {
    method,
    scheme: origin.scheme,
    authority: origin.authority,
    path: path.replace(/#.*/, ""),
    protocol: undefined,
    fields,
  };
}
