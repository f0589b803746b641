import type { IncomingMessage } from "node:http";
import { StatusError } from "../errors.ts";
import type { RequestHead } from "../http2/field_validation.ts";
import type { Field } from "../transport.ts";

/**
 * The head of an HTTP/1.x request as one of HTTP/2. Throws
 * {@linkcode StatusError} for what RFC 9112 section 3.2 does not allow.
 */
export function requestHead(
  message: IncomingMessage,
  limits: { scheme: "http" | "https"; maxFields: number },
): RequestHead {
  const fields = fieldsOf(message.rawHeaders);
  if (fields.length > limits.maxFields) {
    throw new StatusError(431, { message: "There are too many headers" });
  }
  const coding = fields.find(([name]) => name === "transfer-encoding")?.[1];
  if (coding !== undefined && coding.toLowerCase() !== "chunked") {
    // RFC 9112 section 6.1: what is in it cannot be read.
    throw new StatusError(501, {
      message: `Transfer-Encoding "${coding}" is not served`,
    });
  }
  const hosts = fields.filter(([name]) => name === "host");
  const isHostless = hosts.length === 0 && message.httpVersion === "1.1";
  if (hosts.length > 1 || isHostless) {
    throw badRequest("A request must have one Host header");
  }
  const { authority, path } = target(message, hosts[0]?.[1] ?? "");
  // RFC 9112 section 3.2.2: the target goes before Host.
  const others = fields.filter(([name]) => name !== "host");
  return {
    method: message.method ?? "",
    scheme: limits.scheme,
    authority,
    path,
    protocol: undefined,
    fields: others,
  };
}

/** The path, and the authority, which a target in absolute form names itself. */
function target(
  { url = "", method }: IncomingMessage,
  host: string,
): { authority: string; path: string } {
  if (url.startsWith("/") || (url === "*" && method === "OPTIONS")) {
    return { authority: host, path: url };
  }
  const absolute = /^https?:\/\/([^/?#]+)([^#]*)$/i.exec(url);
  if (absolute === null) throw badRequest("The request target is malformed");
  const [, authority, rest] = absolute;
  return { authority, path: rest.startsWith("/") ? rest : `/${rest}` };
}

function fieldsOf(raw: readonly string[]): Field[] {
  const fields: Field[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    fields.push([raw[at].toLowerCase(), raw[at + 1]]);
  }
  return fields;
}

function badRequest(message: string): StatusError {
  return new StatusError(400, { message });
}
