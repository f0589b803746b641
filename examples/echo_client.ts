// Sends lines to the echo server and prints what comes back, at the same time:
// the lines of standard input if there are any, otherwise the time, five times.
//
//     deno run -A examples/echo_client.ts https://localhost:8443 --ca ca.pem
//     seq 3 | bun examples/echo_client.ts https://localhost:8443 --ca ca.pem
//     node examples/echo_client.ts http://127.0.0.1:8443
import { readFile } from "node:fs/promises";
import process from "node:process";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { Client, type Conn } from "../mod.ts";

const { values, positionals } = parseArgs({
  options: { ca: { type: "string" } },
  allowPositionals: true,
});
const url = positionals[0] ?? "http://127.0.0.1:8443";
const ca = values.ca && await readFile(values.ca, "utf8");

const client = new Client({ tls: { ca } });
const conn = client.connect(url, { method: "PUT" });
try {
  await Promise.all([send(conn), receive(conn)]);
  await conn.closed;
} catch (error) {
  console.error(String(error));
  process.exitCode = 1;
} finally {
  await client.close({ graceMs: 0 });
}

async function send(conn: Conn) {
  const encoder = new TextEncoder();
  for await (const line of lines()) {
    console.log(`-> ${line}`);
    await conn.write(encoder.encode(`${line}\n`));
  }
  // The server reads EOF, and what it still has to say comes back.
  await conn.closeWrite();
}

async function receive(conn: Conn) {
  const text = conn.readable.pipeThrough(new TextDecoderStream());
  let rest = "";
  for await (const part of text) {
    const all = (rest + part).split("\n");
    rest = all.pop()!;
    for (const line of all) console.log(`<- ${line}`);
  }
}

async function* lines() {
  let hasInput = false;
  if (!process.stdin.isTTY) {
    for await (const line of createInterface({ input: process.stdin })) {
      hasInput = true;
      yield line;
    }
  }
  for (let turn = 0; turn < 5 && !hasInput; turn++) {
    yield `It is now ${new Date().toISOString()}`;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
