// Fastify on Node: a page at /, and at /echo whatever comes, on one HTTP/2
// stream that stays open both ways.
//
//     node examples/frameworks/fastify_node.ts --cert cert.pem --key key.pem
import { fastify } from "fastify";
import { readFile } from "node:fs/promises";
import process from "node:process";
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

const app = fastify({ http2: true, https: { allowHTTP1: true, cert, key } });
app.get("/", () => "Hello from Fastify");
app.register((conns, _options, done) => {
  // Fastify would read the body, or refuse its type; this one does neither.
  conns.removeAllContentTypeParsers();
  conns.addContentTypeParser("*", (_request, _body, next) => next(null));
  conns.post("/echo", (request, reply) => {
    reply.hijack();
    echo(request.raw, reply.raw);
  });
  done();
});

const address = await app.listen({ port: Number(values.port) });
console.log(`Listening on https://localhost:${new URL(address).port}`);
process.once("SIGTERM", () => void app.close());
