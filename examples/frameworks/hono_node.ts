// Hono on Node, in the server of h2conn: a page at /, and at /echo whatever comes, on one
// HTTP/2 stream that stays open both ways.
//
//     node examples/frameworks/hono_node.ts --cert cert.pem --key key.pem
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { Hono } from "hono";
import { handle, serve } from "../../mod.ts";

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
  [values.cert, values.key].map((path) => readFile(path, "utf8")),
);
const server = await serve(
  { port: Number(values.port), tls: { cert, key } },
  app.fetch,
);
console.log(`Listening on ${server.url}`);
