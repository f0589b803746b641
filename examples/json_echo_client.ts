// Go's example/echo: a prompt whose lines the server answers in upper case.
//
//     deno run -A examples/json_echo_client.ts http://127.0.0.1:8000
//     bun examples/json_echo_client.ts https://localhost:8000 --ca ca.pem
//     seq 3 | node examples/json_echo_client.ts http://127.0.0.1:8000
import { readFile } from "node:fs/promises";
import process from "node:process";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { Client } from "../mod.ts";
import { jsonValues } from "../src/codec/mod.ts";

const { values, positionals } = parseArgs({
  options: { ca: { type: "string" } },
  allowPositionals: true,
});
const url = positionals[0] ?? "http://127.0.0.1:8000";
const ca = values.ca && await readFile(values.ca, "utf8");

const client = new Client({ tls: { ca } });
const messages = jsonValues<string>(client.connect(url));
try {
  await messages.conn.opened;
  console.log("Echo session starts, press ctrl-C to terminate.");
  await prompt();
  await messages.close();
  await messages.conn.closed;
  console.log("Exited");
} catch (error) {
  console.error(String(error));
  process.exitCode = 1;
} finally {
  await client.close({ graceMs: 0 });
}

async function prompt() {
  // Not earlier: lines that come before they are waited for are lost.
  const input = createInterface({
    input: process.stdin,
    output: process.stdout,
    prompt: "Send: ",
    terminal: process.stdin.isTTY && process.stdout.isTTY,
  });
  const end = () => input.close();
  for (const source of [input, process]) source.once("SIGINT", end);
  // A server that goes while the prompt waits ends the prompt too.
  messages.conn.closed.catch(end);
  input.prompt();
  for await (const line of input) {
    await messages.send(line);
    const answer = await messages.receive();
    if (answer === undefined) throw new Error("The server has ended");
    console.log(`Got response ${JSON.stringify(answer)}`);
    input.prompt();
  }
}
