// Hono in Deno.serve: a page at /, and at /echo whatever comes, on one
// HTTP/2 stream that stays open both ways.
//
//     deno run -A examples/frameworks/hono_deno.ts --cert cert.pem --key key.pem

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

const [cert, key] = await Promise.all(
  [values.cert, values.key].map((path) => Deno.readTextFile(path)),
);
Deno.serve({
  port: Number(values.port),
  cert,
  key,
  onListen({ port }) {
    console.log(`Listening on https://localhost:${port}`);
  },
}, app.fetch);
