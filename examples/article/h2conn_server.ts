// The article's h2conn-server: accepts each request as a Conn and copies the
// Conn to itself.
//
//     deno run -A examples/article/h2conn_server.ts --cert cert.pem --key key.pem
//     curl -k -i --http2 https://localhost:8000 -d test
import { readFile } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { handle, serve } from "../../mod.ts";

const { values } = readOptions();

const server = await serve(
  {
    port: Number(values.port),
    tls: {
      cert: await readFile(values.cert, "utf8"),
      key: await readFile(values.key, "utf8"),
    },
  },
  handle(async (conn, request) => {
    console.log(`Got connection: ${request.method} ${request.url}`);
    await conn.readable.pipeTo(conn.writable);
    console.log("Connection ended");
  }),
);
console.log(`Serving on ${server.url}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void server.shutdown());
}
await server.finished;

function readOptions() {
  try {
    return parseArgs({
      options: {
        port: { type: "string", default: "8000" },
        cert: { type: "string", default: "cert.pem" },
        key: { type: "string", default: "key.pem" },
      },
    });
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}
