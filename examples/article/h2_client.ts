// The article's h2-client: asks the h2-server over HTTP/2 or HTTP/1.1, trusts
// its certificate through a CA of its own, and prints what came. Over HTTP/2 it
// receives the push too, which Go's client cannot.
//
//     deno run -A examples/article/h2_client.ts --ca ca.pem
//     bun examples/article/h2_client.ts --ca ca.pem --version 1
//     node examples/article/h2_client.ts https://localhost:8000 --ca ca.pem
import { readFile } from "node:fs/promises";
import https from "node:https";
import process from "node:process";
import { parseArgs } from "node:util";
import { Client } from "../../mod.ts";

const { values, positionals } = readOptions();
const url = positionals[0] ?? "https://localhost:8000";
const ca = values.ca && await readFile(values.ca, "utf8");

try {
  if (values.version === "1") await askHttp1();
  else await askHttp2();
} catch (error) {
  console.error(`Failed get: ${(error as Error).message}`);
  process.exitCode = 1;
}

async function askHttp2(): Promise<void> {
  const client = new Client({ tls: { ca } });
  const pushed: Promise<void>[] = [];
  const conn = client.connect(url, {
    method: "GET",
    onPush({ request, response }) {
      pushed.push(response.then(async (answer) => {
        const { pathname } = new URL(request.url);
        console.log(`Got push of ${pathname}: ${await answer.text()}`);
      }));
    },
  });
  await conn.closeWrite();
  const { status } = await conn.opened;
  const body = await new Response(conn.readable).text();
  console.log(`Got response ${status}: HTTP/2.0 ${body}`);
  await Promise.all(pushed);
}

async function askHttp1(): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const request = https.get(url, { ca, agent: false }, (response) => {
      let body = "";
      response.on("data", (chunk) => body += chunk);
      response.on("end", () => {
        const { statusCode, httpVersion } = response;
        console.log(`Got response ${statusCode}: HTTP/${httpVersion} ${body}`);
        resolve();
      });
      response.on("error", reject);
    });
    request.on("error", reject);
  });
}

function readOptions() {
  try {
    return parseArgs({
      // The article's flag is -version.
      args: process.argv.slice(2).map((arg) =>
        arg.replace(/^-version/, "--version")
      ),
      options: {
        ca: { type: "string" },
        version: { type: "string", default: "2" },
      },
      allowPositionals: true,
    });
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}
