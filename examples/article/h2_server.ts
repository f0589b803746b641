// The article's h2-server: HTTP/2 and HTTP/1.1 over TLS on one port. It answers
// "Hello", and pushes /2nd, "Hello Again!", to clients that take pushes.
//
//     deno run -A examples/article/h2_server.ts --cert cert.pem --key key.pem
//     bun examples/article/h2_server.ts --cert cert.pem --key key.pem
//     node examples/article/h2_server.ts --cert cert.pem --key key.pem
import { readFile } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { type HttpProtocol, serve } from "../../mod.ts";

const { values } = readOptions();

/** What Go calls them. */
const PROTO: Record<HttpProtocol, string> = {
  "h2": "HTTP/2.0",
  "http/1.1": "HTTP/1.1",
  "http/1.0": "HTTP/1.0",
};

const server = await serve({
  port: Number(values.port),
  tls: {
    cert: await readFile(values.cert, "utf8"),
    key: await readFile(values.key, "utf8"),
  },
}, (request, info) => {
  console.log(`Got connection: ${PROTO[info.protocol]}`);
  if (new URL(request.url).pathname === "/2nd") {
    console.log("Handling 2nd");
    return new Response("Hello Again!");
  }
  console.log("Handling 1st");
  const result = info.push("/2nd");
  if (!result.pushed && result.reason === "http1") {
    console.log("Can't push to client");
  } else if (!result.pushed) {
    console.log(`Failed push: ${result.reason}`);
  }
  return new Response("Hello");
});
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
