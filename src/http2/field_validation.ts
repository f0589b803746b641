import type { HeaderField } from "./hpack/header_field.ts";

/** What a request's pseudo-header fields say (RFC 9113 section 8.3.1). */
export interface RequestHead {
  readonly method: string;
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
  /** The `:protocol` of an extended CONNECT (RFC 8441). */
  readonly protocol: string | undefined;
  /** The regular fields, in the order they came. */
  readonly fields: readonly HeaderField[];
}

/** A response's status and regular fields (RFC 9113 section 8.3.2). */
export interface ResponseHead {
  readonly status: number;
  readonly fields: readonly HeaderField[];
}

/** Fields that only make sense on one HTTP/1.1 connection (section 8.2.2). */
export const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** A message that RFC 9113 section 8.1.1 calls malformed. */
export class MalformedMessage extends Error {
  override readonly name = "MalformedMessage";
}

/** Checks a request's fields; throws {@linkcode MalformedMessage}. */
export function parseRequest(fields: readonly HeaderField[]): RequestHead {
  const { pseudo, regular } = split(fields, [
    ":method",
    ":scheme",
    ":authority",
    ":path",
    ":protocol",
  ]);
  const method = required(pseudo, ":method");
  const protocol = pseudo.get(":protocol");
  const authority = pseudo.get(":authority");
  const host = hostField(regular);
  if (authority !== undefined && host !== undefined && authority !== host) {
    throw new MalformedMessage(
      `host "${host}" contradicts :authority "${authority}"`,
    );
  }
  if (method === "CONNECT" && protocol === undefined) {
    if (pseudo.has(":scheme") || pseudo.has(":path") || !authority) {
      throw new MalformedMessage("CONNECT takes :authority and nothing else");
    }
    return { method, scheme: "", authority, path: "", protocol, fields };
  }
  if (protocol !== undefined && method !== "CONNECT") {
    throw new MalformedMessage(":protocol without CONNECT");
  }
  const path = required(pseudo, ":path");
  if (!path.startsWith("/") && !(path === "*" && method === "OPTIONS")) {
    throw new MalformedMessage(`:path "${path}" does not start with "/"`);
  }
  return {
    method,
    scheme: required(pseudo, ":scheme"),
    authority: authority ?? host ?? "",
    path,
    protocol,
    fields: regular,
  };
}

/** The header section of a request: what {@linkcode parseRequest} reads. */
export function requestFields(head: RequestHead): HeaderField[] {
  const { method, scheme, authority, path, protocol, fields } = head;
  return [
    [":method", method],
    [":scheme", scheme],
    [":authority", authority],
    [":path", path],
    ...(protocol === undefined ? [] : [[":protocol", protocol] as const]),
    ...fields,
  ];
}

/** Checks a response's fields; throws {@linkcode MalformedMessage}. */
export function parseResponse(fields: readonly HeaderField[]): ResponseHead {
  const { pseudo, regular } = split(fields, [":status"]);
  const status = required(pseudo, ":status");
  if (!/^[1-5][0-9][0-9]$/.test(status) || status === "101") {
    throw new MalformedMessage(`:status "${status}" is not a status of HTTP/2`);
  }
  return { status: Number(status), fields: regular };
}

/** Checks trailers, which hold no pseudo-header field (section 8.1). */
export function checkTrailers(fields: readonly HeaderField[]): void {
  split(fields, []);
}

/**
 * The body length that the fields announce, -1 if none. Throws
 * {@linkcode MalformedMessage} where two differ or one is no number.
 */
export function contentLength(fields: readonly HeaderField[]): number {
  let length = -1;
  for (const [name, value] of fields) {
    if (name !== "content-length") continue;
    const number = /^[0-9]{1,15}$/.test(value) ? Number(value) : -1;
    if (number < 0 || (length >= 0 && length !== number)) {
      throw new MalformedMessage(`content-length "${value}" is not one length`);
    }
    length = number;
  }
  return length;
}

/**
 * Why a field may not be sent or received, or undefined if it may
 * (RFC 9113 section 8.2).
 */
export function fieldFault(name: string, value: string): string | undefined {
  if (!isFieldName(name)) return `header name "${name}" is not allowed`;
  if (!isFieldValue(value)) return `value of header "${name}" is not allowed`;
  if (CONNECTION_FIELDS.has(name)) {
    return `header "${name}" is not allowed in HTTP/2`;
  }
  if (name === "te" && value !== "trailers") {
    return `header "te" may only be "trailers" in HTTP/2`;
  }
  return undefined;
}

function split(
  fields: readonly HeaderField[],
  allowed: readonly string[],
): { pseudo: Map<string, string>; regular: HeaderField[] } {
  const pseudo = new Map<string, string>();
  const regular: HeaderField[] = [];
  for (const field of fields) {
    const [name, value] = field;
    if (name.charCodeAt(0) !== 0x3a) {
      const fault = fieldFault(name, value);
      if (fault !== undefined) throw new MalformedMessage(fault);
      regular.push(field);
    } else if (regular.length > 0) {
      throw new MalformedMessage(`${name} comes after a regular field`);
    } else if (!allowed.includes(name)) {
      throw new MalformedMessage(
        `pseudo-header field "${name}" is unknown here`,
      );
    } else if (pseudo.has(name)) {
      throw new MalformedMessage(`${name} comes twice`);
    } else if (!isFieldValue(value)) {
      throw new MalformedMessage(`value of ${name} is not allowed`);
    } else {
      pseudo.set(name, value);
    }
  }
  return { pseudo, regular };
}

function required(pseudo: Map<string, string>, name: string): string {
  const value = pseudo.get(name);
  if (!value) throw new MalformedMessage(`${name} is missing or empty`);
  return value;
}

function hostField(fields: readonly HeaderField[]): string | undefined {
  let host: string | undefined;
  for (const [name, value] of fields) {
    if (name !== "host") continue;
    if (host !== undefined && host !== value) {
      throw new MalformedMessage("host comes twice");
    }
    host = value;
  }
  return host;
}

/** A token (RFC 9110 section 5.6.2) without upper-case letters. */
function isFieldName(name: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name);
}

/**
 * No NUL, CR or LF, no white space at either end (RFC 9113 section 8.2.1), and
 * no other control character but tab (RFC 9110 section 5.5).
 */
function isFieldValue(value: string): boolean {
  if (value === "") return true;
  const first = value.charCodeAt(0);
  const last = value.charCodeAt(value.length - 1);
  if (first === 0x20 || first === 0x09 || last === 0x20 || last === 0x09) {
    return false;
  }
  // deno-lint-ignore no-control-regex
  return !/[\x00-\x08\x0a-\x1f\x7f]/.test(value);
}
