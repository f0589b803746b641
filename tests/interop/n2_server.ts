/**
 * `node:http2` as a server for the interop checks, on any runtime:
 *
 *     n2_server.ts tls|h2c <folder with ca.pem, cert.pem and key.pem>
 *
 * It serves the paths that `our_server.ts` lists.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { Crc32, upperCase } from "./bytes.ts";
import { codeName, codeNumber } from "./codes.ts";
import { runtime } from "./report.ts";

const [transport, certificates] = process.argv.slice(2);

/** How streams that carried an `id` ended, as this side saw it. */
const seen = new Map<string, string>();

const server = transport === "tls"
  ? http2.createSecureServer({
    cert: readFileSync(`${certificates}/cert.pem`),
    key: readFileSync(`${certificates}/key.pem`),
  })
  : http2.createServer();

server.on("stream", (stream, headers) => {
  const url = new URL(headers[":path"]!, "http://host");
  const method = headers[":method"]!;
  stream.on("error", () => {});
  if (url.pathname === "/seen") {
    const id = url.searchParams.get("id") ?? "";
    return answer(stream, 200, seen.get(id) ?? "open");
  }
  if (method === "GET") {
    if (url.pathname === "/") return answer(stream, 200, "Hello\n");
    if (url.pathname === "/hints") {
      stream.additionalHeaders({ ":status": 103, link: "</2nd>; rel=preload" });
      return answer(stream, 200, "Hello\n");
    }
    if (url.pathname === "/push") {
      return stream.pushStream({ ":path": "/2nd" }, (_error, push) => {
        push.on("error", () => {});
        answer(push, 200, "Hello Again!\n");
        answer(stream, 200, "Hello\n");
      });
    }
    return answer(stream, 404, "Not Found\n");
  }
  noteEnd(stream, url.searchParams.get("id"));
  serve(stream, url);
});

function answer(
  stream: http2.ServerHttp2Stream,
  status: number,
  text: string,
): void {
  stream.respond({ ":status": status });
  stream.end(text);
  stream.resume();
}

/** A reset shows in `rstCode` once the stream is closed, and in no 'error'. */
function noteEnd(stream: http2.ServerHttp2Stream, id: string | null): void {
  if (id === null) return;
  let wasAborted = false;
  stream.on("aborted", () => wasAborted = true);
  stream.on("close", () => {
    const code = stream.rstCode ?? 0;
    if (wasAborted || code !== 0) seen.set(id, `reset ${codeName(code)}`);
  });
}

function serve(stream: http2.ServerHttp2Stream, url: URL): void {
  switch (url.pathname) {
    case "/ECHO":
      return echo(stream, upperCase);
    case "/first":
      stream.respond({ ":status": 200 });
      stream.end("bye");
      return drain(stream, (text) => {
        seen.set(url.searchParams.get("id") ?? "", text);
      });
    case "/reset":
      stream.respond({ ":status": 200 });
      stream.once("data", () => {
        stream.close(codeNumber(url.searchParams.get("code")!));
      });
      return;
    case "/sink":
      stream.respond({ ":status": 200 });
      return drain(stream, (text) => stream.end(text));
    case "/ping":
      stream.respond({ ":status": 200 });
      stream.resume();
      stream.session!.ping(Buffer.from("12345678"), (error, _ms, payload) => {
        const text = String(payload);
        stream.end(error === null && text === "12345678" ? "pong" : text);
      });
      return;
    case "/goaway":
      echo(stream, (bytes) => bytes);
      stream.once("data", () => stream.session!.close());
      return;
    default:
      return echo(stream, (bytes) => bytes);
  }
}

function echo(
  stream: http2.ServerHttp2Stream,
  change: (bytes: Uint8Array) => Uint8Array,
): void {
  let bytes = 0;
  let client = "";
  stream.on("trailers", (trailers) => client = String(trailers["x-client"]));
  stream.on("wantTrailers", () => {
    stream.sendTrailers({ "x-bytes": String(bytes), "x-client-echo": client });
  });
  stream.respond({ ":status": 200 }, { waitForTrailers: true });
  stream.on("data", (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (stream.write(change(chunk))) return;
    stream.pause();
    stream.once("drain", () => stream.resume());
  });
  stream.on("end", () => stream.end());
}

function drain(
  stream: http2.ServerHttp2Stream,
  done: (text: string) => void,
): void {
  const crc = new Crc32();
  let bytes = 0;
  stream.on("data", (chunk: Uint8Array) => {
    bytes += chunk.length;
    crc.add(chunk);
  });
  // A stream that was reset has an 'end' too.
  stream.on("end", () => {
    if (!stream.aborted && !stream.rstCode) {
      done(`bytes=${bytes}, CRC32=${crc}`);
    }
  });
}

server.on("sessionError", () => {});
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  const scheme = transport === "tls" ? "https" : "http";
  console.log(JSON.stringify({
    url: `${scheme}://127.0.0.1:${port}`,
    ca: `${certificates}/ca.pem`,
    runtime: runtime(),
  }));
});
