/**
 * A server and a client of the installed package, in cleartext and over TLS.
 * scripts/check_npm.ts compiles it with tsc and runs it on every runtime.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { Client, handle, serve, type ServeOptions } from "@h2conn/h2conn";

const [ca, cert, key] = await Promise.all(
  ["ca.pem", "cert.pem", "key.pem"].map((file) => readFile(file, "utf8")),
);
await echo({ port: 0 });
await echo({ port: 0, tls: { cert, key } });

async function echo(options: ServeOptions): Promise<void> {
  await using server = await serve(
    options,
    handle(async (conn) => {
      for await (const chunk of conn) await conn.write(chunk);
    }),
  );
  await using client = new Client({ tls: { ca } });
  const conn = client.connect(server.url);
  const sent = "Hello over one stream";
  await conn.write(new TextEncoder().encode(sent));
  const p = new Uint8Array(100);
  const back = new TextDecoder().decode(p.subarray(0, await conn.read(p) ?? 0));
  if (back !== sent) throw new Error(`Echo of "${sent}" is "${back}"`);
  await conn.closeWrite();
  if (await conn.read(p) !== null) throw new Error("No EOF after the echo");
  await conn.closed;
  console.log(`${new URL(server.url).protocol} echoed`);
}
