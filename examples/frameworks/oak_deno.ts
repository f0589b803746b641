// Oak in Deno.serve: a page at /, and at /echo whatever comes, on one
// HTTP/2 stream that stays open both ways.
//
//     deno run -A examples/frameworks/oak_deno.ts --cert cert.pem --key key.pem
//
// @ts-nocheck Oak's types from npm are of undici's Request and Response.

import { parseArgs } from "node:util";
import "./oak_from_npm.ts"; // jsr:@oak/oak needs none
import { Application, Router } from "@oakserver/oak";
import { handle } from "../../mod.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8443" },
    cert: { type: "string", default: "cert.pem" },
    key: { type: "string", default: "key.pem" },
  },
});

const echo = handle((conn) => conn.readable.pipeTo(conn.writable));

// What the server gave besides each request; Oak does not hand it on.
const infos = new WeakMap<Request, Deno.ServeHandlerInfo>();

const router = new Router();
router.get("/", (ctx) => {
  ctx.response.body = "Hello from Oak";
});
router.post("/echo", async (ctx) => {
  const request = ctx.request.source!;
  ctx.response.with(await echo(request, infos.get(request)));
});

const app = new Application();
app.use(router.routes());
app.use(router.allowedMethods());

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
}, (request, info) => {
  infos.set(request, info);
  return app.handle(request, info.remoteAddr, true);
});
