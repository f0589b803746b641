// The article's h2conn-client: PUTs to /ECHO, writes the time each second and
// prints what comes back, until it is interrupted or has written --count times.
//
//     deno run -A examples/article/h2conn_client.ts --ca ca.pem
//     bun examples/article/h2conn_client.ts https://localhost:8000 --ca ca.pem --count 3
import { readFile } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { Client } from "../../mod.ts";
import { textLines } from "../../src/codec/mod.ts";

const { values, positionals } = readOptions();
const ca = values.ca && await readFile(values.ca, "utf8");
const url = new URL("/ECHO", positionals[0] ?? "https://localhost:8000");

const client = new Client({ tls: { ca } });
const lines = textLines(client.connect(url, { method: "PUT" }));
const stopped = new Promise<void>((resolve) => process.once("SIGINT", resolve));
try {
  await Promise.all([write(), print()]);
} catch (error) {
  console.error(String(error));
  process.exitCode = 1;
} finally {
  await client.close({ graceMs: 0 });
}

async function write(): Promise<void> {
  for (let count = 0; count < Number(values.count); count++) {
    await lines.send(`It is now ${new Date().toISOString()}`);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const second = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, 1000);
    });
    const isStopped = await Promise.race([second, stopped.then(() => true)]);
    clearTimeout(timer);
    if (isStopped) break;
  }
  await lines.end();
}

async function print(): Promise<void> {
  for await (const line of lines) console.log(line);
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        ca: { type: "string" },
        count: { type: "string", default: "Infinity" },
      },
      allowPositionals: true,
    });
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}
