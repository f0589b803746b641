import type { Socket } from "../adapters/socket.ts";

/** Whether a connection starts with a request of HTTP/1.x. */
export function looksLikeHttp1(bytes: Uint8Array): boolean {
  const start = String.fromCharCode(...bytes.subarray(0, 10));
  return /^(GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|TRACE|CONNECT) /.test(start);
}

/** Says to an HTTP/1.x client that nobody serves it, and closes. */
export function refuseHttp1(socket: Socket): void {
  const bytes = refusal(505, "This server speaks HTTP/2 only\n");
  socket.write(bytes, () => socket.destroy());
  socket.end();
}

/** A response that is the last of its connection. */
export function refusal(
  status: number,
  body = `${REASONS[status]}\n`,
): Uint8Array {
  return new TextEncoder().encode(
    `HTTP/1.1 ${status} ${REASONS[status]}\r\n` +
      "Content-Type: text/plain; charset=utf-8\r\n" +
      `Content-Length: ${body.length}\r\n` +
      "Connection: close\r\n\r\n" + body,
  );
}

const REASONS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  408: "Request Timeout",
  413: "Content Too Large",
  431: "Request Header Fields Too Large",
  501: "Not Implemented",
  505: "HTTP Version Not Supported",
};
