// Express on Node: a page at / in both versions of HTTP, and at /echo whatever
// comes, on one HTTP/2 stream that stays open both ways. Express speaks
// HTTP/1.1 only; what clients send over HTTP/2 is for the handler.
//
//     node examples/frameworks/express_node.ts --cert cert.pem --key key.pem
// @ts-ignore Its types are a package of their own, @types/express.
import express from "express";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { handle, type Handler } from "../../mod.ts";
import { mount } from "../../src/node/mod.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8443" },
    cert: { type: "string", default: "cert.pem" },
    key: { type: "string", default: "key.pem" },
  },
});
const [cert, key] = await Promise.all(
  [values.cert, values.key].map((path) => readFile(path, "utf8")),
);

const page = "Hello from Express";
const app = express();
app.get("/", (_request: unknown, response: { send(text: string): void }) => {
  response.send(page);
});

const echo = handle((conn) => conn.readable.pipeTo(conn.writable));
const overHttp2: Handler = (request, info) =>
  new URL(request.url).pathname === "/echo"
    ? echo(request, info)
    : new Response(page);

const ALPNProtocols = ["h2", "http/1.1"];
const server = https.createServer({ cert, key, ALPNProtocols }, app);
mount(server, overHttp2);

server.listen(Number(values.port), "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as AddressInfo;
console.log(`Listening on https://localhost:${port}`);
