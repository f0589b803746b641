// Go's example/echo: sends each JSON string back in upper case.
//
//     deno run -A examples/json_echo_server.ts --port 8000
//     bun examples/json_echo_server.ts --cert cert.pem --key key.pem
//     node examples/json_echo_server.ts
//
// Without a certificate it speaks cleartext HTTP/2 (h2c).
import { readFile } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { handle, MessageError, serve } from "../mod.ts";
import { jsonValues } from "../src/codec/mod.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8000" },
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
  const messages = jsonValues<string, unknown>(conn);
  for await (const message of messages) {
    if (typeof message !== "string") {
      throw new MessageError("malformed", "Received message is no string");
    }
    await messages.send(message.toUpperCase());
  }
  await messages.end();
});

const server = await serve({ port: Number(values.port), tls }, echo);
console.log(`Listening on ${server.url}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void server.shutdown());
}
await server.finished;
