import { ArgumentError } from "./errors.ts";
import { headerFields } from "./header_fields.ts";
import { requestFields } from "./http2/field_validation.ts";
import type { OnPush } from "./push.ts";
import type { Field } from "./transport.ts";

/** Options of one `connect`. */
export interface ConnectOptions {
  /** The request's method. Default `"POST"`. */
  method?: string;
  /**
   * Makes it an extended CONNECT (RFC 8441) for this protocol, such as
   * `"websocket"`. A server that does not take it fails the Conn with
   * {@linkcode NotSupportedError}.
   */
  protocol?: string;
  /** Headers of the request; they are copied. */
  headers?: HeadersInit;
  /** Aborting it cuts the Conn, whenever that is. */
  signal?: AbortSignal;
  /**
   * Takes what the server pushes with this request. What it throws aborts the
   * Conn. Without it, and without that of the Client, pushes are off
   * (SETTINGS_ENABLE_PUSH).
   */
  onPush?: OnPush;
  /**
   * Is told of informational responses, such as 103 (RFC 8297). What it throws
   * aborts the Conn.
   */
  onInformational?(response: InformationalResponse): void;
}

/** A response before the final one (RFC 9110 section 15.2). */
export interface InformationalResponse {
  /** 100 to 199. */
  readonly status: number;
  /** Its headers. */
  readonly headers: Headers;
}

/** A request that is ready to be sent. */
export interface PreparedRequest {
  readonly url: URL;
  readonly method: string;
  readonly fields: readonly Field[];
  /** The `:protocol` of an extended CONNECT. */
  readonly protocol: string | undefined;
  readonly options: ConnectOptions;
}

/** Checks what `connect` was given; throws {@linkcode ArgumentError}. */
export function prepareRequest(
  url: string | URL,
  options: ConnectOptions,
): PreparedRequest {
  const target = parseUrl(url);
  const { protocol } = options;
  const method = requestMethod(options);
  const headers = headerFields(options.headers ?? {});
  if (headers.some(([name]) => name === "host")) {
    throw new ArgumentError(
      `Cannot connect: header "host" is given by the URL`,
    );
  }
  return {
    url: target,
    method,
    fields: requestFields({
      method,
      scheme: target.protocol.slice(0, -1),
      authority: target.host,
      path: target.pathname + target.search,
      protocol,
      fields: headers,
    }),
    protocol,
    // The caller may change its object.
    options: { ...options },
  };
}

function requestMethod({ method, protocol }: ConnectOptions): string {
  if (protocol !== undefined) {
    if (!TOKEN.test(protocol)) {
      throw new ArgumentError(
        `Cannot connect: "${protocol}" is not the name of a protocol`,
      );
    }
    if (method === undefined || method === "CONNECT") return "CONNECT";
    throw new ArgumentError(
      `Cannot connect: a protocol goes with method "CONNECT", not "${method}"`,
    );
  }
  if (method === undefined) return "POST";
  if (!TOKEN.test(method)) {
    throw new ArgumentError(`Cannot connect: "${method}" is not a method`);
  }
  if (["CONNECT", "HEAD", "TRACE"].includes(method.toUpperCase())) {
    throw new ArgumentError(
      `Cannot connect with method "${method}": it has no body both ways`,
    );
  }
  return method;
}

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

function parseUrl(url: string | URL): URL {
  let target;
  try {
    target = new URL(url);
  } catch (cause) {
    throw new ArgumentError(
      `Cannot connect: "${url}" is not a URL such as "https://localhost:8000/"`,
      { cause },
    );
  }
  if (target.protocol !== "http:" && target.protocol !== "https:") {
    throw new ArgumentError(
      `Cannot connect: "${url}" starts with neither "https://" nor "http://"`,
    );
  }
  if (target.username || target.password) {
    throw new ArgumentError(
      `Cannot connect: a URL may not hold credentials; use the header "authorization"`,
    );
  }
  return target;
}
