// A node:http2 server with pages of its own, and a Conn on one path of it.
//
//     node examples/node_http2_server.ts --port 8080
//     bun examples/node_http2_server.ts
//     deno run -A examples/node_http2_server.ts
//
// It speaks cleartext HTTP/2: curl --http2-prior-knowledge http://localhost:8080/
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { parseArgs } from "node:util";
import { handle } from "../src/node/mod.ts";

const { values } = parseArgs({
  options: { port: { type: "string", default: "8080" } },
});

const echo = handle(async (conn) => {
  for await (const chunk of conn) await conn.write(chunk);
});

const server = http2.createServer((request, response) => {
  if (request.url === "/echo") return echo(request, response);
  response.setHeader("content-type", "text/plain");
  response.end("POST to /echo what you want to hear\n");
});

server.listen(Number(values.port), () => {
  const { port } = server.address() as AddressInfo;
  console.log(`Listening on http://localhost:${port}`);
});
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => process.exit());
}
