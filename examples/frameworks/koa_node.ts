// Koa on Node: a page at /, and at /echo whatever comes, on one HTTP/2 stream
// that stays open both ways.
//
//     node examples/frameworks/koa_node.ts --cert cert.pem --key key.pem
// @ts-ignore Its types are a package of their own, @types/koa.
import Koa from "koa";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { handle } from "../../src/node/mod.ts";

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

const echo = handle((conn) => conn.readable.pipeTo(conn.writable));

/** What is used of Koa's. */
interface Context {
  readonly path: string;
  readonly req: http2.Http2ServerRequest;
  readonly res: http2.Http2ServerResponse;
  body: string;
  respond: boolean;
}

const app = new Koa();
app.use((ctx: Context) => {
  if (ctx.path !== "/echo") {
    ctx.body = "Hello from Koa";
    return;
  }
  // Or Koa would answer 404, into the Conn.
  ctx.respond = false;
  echo(ctx.req, ctx.res);
});

const server = http2.createSecureServer(
  { allowHTTP1: true, cert, key },
  app.callback(),
);
server.listen(Number(values.port), "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as AddressInfo;
console.log(`Listening on https://localhost:${port}`);
