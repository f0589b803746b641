import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Client } from "../../mod.ts";
import { bytes, readAll, readExactly, text, within } from "../support/pair.ts";

const EXAMPLE = fileURLToPath(
  new URL("../../examples/node_http2_server.ts", import.meta.url),
);

test("the example serves its pages, and an echo beside them", {
  timeout: 30_000,
}, async () => {
  const args = process.versions.deno ? ["run", "-A", "--no-check"] : [];
  const child = spawn(process.execPath, [...args, EXAMPLE, "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  try {
    let output = "";
    const listening = new Promise<string>((resolve) => {
      child.stdout.on("data", (chunk) => {
        output += chunk;
        const [url] = /http:\S+/.exec(output) ?? [];
        if (url !== undefined) resolve(url);
      });
    });
    const url = await within(listening, "URL", 20_000);
    await using client = new Client();
    const conn = client.connect(`${url}/echo`);
    await conn.write(bytes("hello"));
    assert.equal(text(await within(readExactly(conn, 5), "echo")), "hello");
    const page = client.connect(`${url}/`, { method: "GET" });
    assert.match(text(await within(readAll(page), "page")), /what you want/);
    await conn.closeWrite();
    await within(conn.closed, "clean end");
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
});
