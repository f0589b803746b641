// Hono in Bun.serve: a page at /, and at /echo whatever comes, on one
// HTTP/2 stream that stays open both ways.
//
//     bun examples/frameworks/hono_bun.ts --cert cert.pem --key key.pem

import { parseArgs } from "node:util";
import { Hono } from "hono";
import { handle } from "../../mod.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8443" },
    cert: { type: "string", default: "cert.pem" },
    key: { type: "string", default: "key.pem" },
  },
});

const echo = handle((conn) => conn.readable.pipeTo(conn.writable));

const app = new Hono();
app.get("/", (c) => c.text("Hello from Hono"));
// What the server gave besides the request is Hono's environment.
app.post("/echo", (c) => echo(c.req.raw, c.env));

// @types/bun has it all.
declare const Bun: {
  file(path: string): Blob;
  serve(options: object): { readonly port: number };
};

const server = Bun.serve({
  port: values.port,
  http2: true,
  tls: { cert: Bun.file(values.cert), key: Bun.file(values.key) },
  fetch: app.fetch,
});
console.log(`Listening on https://localhost:${server.port}`);
