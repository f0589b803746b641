import type { HttpProtocol } from "../serve_info.ts";
import { plainText } from "./plain_text.ts";
import type { Visit } from "./visit.ts";

/** What Go calls them. */
const PROTO: Record<HttpProtocol, string> = {
  "h2": "HTTP/2.0",
  "http/1.1": "HTTP/1.1",
  "http/1.0": "HTTP/1.0",
};

/** Shows the request as it came. */
export function requestInfo({ request, url, info }: Visit): Response {
  const { remoteAddr, protocol } = info;
  const headers = [...request.headers]
    .filter(([name]) => name !== "host")
    .map(([name, value]) => `${name}: ${value}`);
  return plainText([
    `Method: ${request.method}`,
    `Protocol: ${PROTO[protocol]}`,
    `Host: ${request.headers.get("host") ?? url.host}`,
    `RemoteAddr: ${remoteAddr ? joinHostPort(remoteAddr) : "unknown"}`,
    `RequestURI: ${JSON.stringify(url.pathname + url.search)}`,
    `Body.ContentLength: ${contentLength(request)} (-1 means unknown)`,
    `TLS: ${url.protocol === "https:" ? `yes, ALPN ${protocol}` : "no"}`,
    "",
    "Headers:",
    ...headers,
    "",
  ].join("\n"));
}

function contentLength(request: Request): string {
  return request.headers.get("content-length") ?? (request.body ? "-1" : "0");
}

/** An address as Go writes it. */
export function joinHostPort(
  { hostname, port }: { hostname: string; port: number },
): string {
  return hostname.includes(":")
    ? `[${hostname}]:${port}`
    : `${hostname}:${port}`;
}
