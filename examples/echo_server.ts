// Sends every line back in upper case, on one HTTP/2 stream per client.
//
//     deno run -A examples/echo_server.ts --port 8443 --cert cert.pem --key key.pem
//     bun examples/echo_server.ts
//     node examples/echo_server.ts
//
// Without a certificate it speaks cleartext HTTP/2 (h2c).
import { readFile } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { handle, serve } from "../mod.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8443" },
    cert: { type: "string" },
    key: { type: "string" },
  },
});

const tls = values.cert && values.key
  ? {
    cert: await readFile(values.cert, "utf8"),
    key: await readFile(values.key, "utf8"),
  }
  : undefined;

const echo = handle(async (conn) => {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  for await (const chunk of conn) {
    const text = decoder.decode(chunk, { stream: true });
    await conn.write(encoder.encode(text.toUpperCase()));
  }
});

const server = await serve({ port: Number(values.port), tls }, echo);
console.log(`Listening on ${server.url}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void server.shutdown());
}
await server.finished;
