import type { Socket } from "./adapters/socket.ts";

const BODY = "This server speaks HTTP/2 only\n";

/** Whether a connection starts with a request of HTTP/1.x. */
export function looksLikeHttp1(bytes: Uint8Array): boolean {
  const start = String.fromCharCode(...bytes.subarray(0, 10));
  return /^(GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|TRACE|CONNECT) /.test(start);
}

/** Whether a connection starts with a response of HTTP/1.x. */
export function looksLikeHttp1Response(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(0, 7)) === "HTTP/1.";
}

/** Says to an HTTP/1.x client what is wrong, and closes. */
export function refuseHttp1(socket: Socket): void {
  const text = "HTTP/1.1 505 HTTP Version Not Supported\r\n" +
    "Content-Type: text/plain; charset=utf-8\r\n" +
    `Content-Length: ${BODY.length}\r\n` +
    "Connection: close\r\n\r\n" + BODY;
  socket.write(new TextEncoder().encode(text), () => socket.destroy());
  socket.end();
}
