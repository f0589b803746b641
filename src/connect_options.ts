import { ArgumentError } from "./errors.ts";
import { headerFields } from "./header_fields.ts";
import type { Field } from "./transport.ts";

/** Options of one `connect`. */
export interface ConnectOptions {
  /** The request's method. Default `"POST"`. */
  method?: string;
  /** Headers of the request; they are copied. */
  headers?: HeadersInit;
  /** Aborting it cuts the Conn, whenever that is. */
  signal?: AbortSignal;
}

/** A request that is ready to be sent. */
export interface PreparedRequest {
  readonly url: URL;
  readonly method: string;
  readonly fields: readonly Field[];
  readonly signal: AbortSignal | undefined;
}

/** Checks what `connect` was given; throws {@linkcode ArgumentError}. */
export function prepareRequest(
  url: string | URL,
  options: ConnectOptions,
): PreparedRequest {
  const target = parseUrl(url);
  const method = options.method ?? "POST";
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(method)) {
    throw new ArgumentError(`Cannot connect: "${method}" is not a method`);
  }
  if (["CONNECT", "HEAD", "TRACE"].includes(method.toUpperCase())) {
    throw new ArgumentError(
      `Cannot connect with method "${method}": it has no body both ways`,
    );
  }
  const headers = headerFields(options.headers ?? {});
  if (headers.some(([name]) => name === "host")) {
    throw new ArgumentError(
      `Cannot connect: header "host" is given by the URL`,
    );
  }
  return {
    url: target,
    method,
    fields: [
      [":method", method],
      [":scheme", target.protocol.slice(0, -1)],
      [":authority", target.host],
      [":path", target.pathname + target.search],
      ...headers,
    ],
    signal: options.signal,
  };
}

function parseUrl(url: string | URL): URL {
  let target;
  try {
    target = new URL(url);
  } catch (cause) {
    throw new ArgumentError(`Cannot connect: "${url}" is not a URL`, { cause });
  }
  if (target.protocol !== "http:" && target.protocol !== "https:") {
    throw new ArgumentError(
      `Cannot connect: "${target.protocol}" of "${url}" is neither "http:" nor "https:"`,
    );
  }
  if (target.username || target.password) {
    throw new ArgumentError(
      `Cannot connect: a URL may not hold credentials; use the header "authorization"`,
    );
  }
  return target;
}
