// Elysia on Bun: a page at /, and at /echo whatever comes, on one HTTP/2
// stream that stays open both ways.
//
//     bun examples/frameworks/elysia_bun.ts --cert cert.pem --key key.pem

import { parseArgs } from "node:util";
import { Elysia } from "elysia";
import { handle } from "../../mod.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8443" },
    cert: { type: "string", default: "cert.pem" },
    key: { type: "string", default: "key.pem" },
  },
});

const echo = handle((conn) => conn.readable.pipeTo(conn.writable));

// @types/bun has it all.
declare const Bun: { file(path: string): Blob };

new Elysia()
  .get("/", () => "Hello from Elysia")
  // The body is the Conn's, whatever hooks ask for.
  .post("/echo", ({ request, server }) => echo(request, server), {
    parse: "none",
  })
  .listen({
    port: values.port,
    http2: true,
    tls: { cert: Bun.file(values.cert), key: Bun.file(values.key) },
  }, ({ port }) => console.log(`Listening on https://localhost:${port}`));
