import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Conn, handle, serve } from "../mod.ts";
import { within } from "./support/pair.ts";

const PROGRAM = fileURLToPath(
  new URL("./programs/finished.ts", import.meta.url),
);

const CASES = [
  "idle-client",
  "many-origins",
  "unref-conn",
  "failed-connect",
  "ignored-failure",
  "aborted",
  "closed",
  "unref-server",
  "server-shutdown",
];

async function echo(conn: Conn) {
  for await (const chunk of conn) await conn.write(chunk);
}

for (const name of CASES) {
  test(`a program that has finished ends: ${name}`, async () => {
    await using server = await serve({ port: 0 }, handle(echo));
    const args = process.versions.deno
      ? ["run", "-A", "--no-check", PROGRAM]
      : [PROGRAM];
    const child = spawn(process.execPath, [...args, name, server.url], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => output += chunk);
    }
    const closed = new Promise<number | null>((resolve) =>
      child.on("close", resolve)
    );
    try {
      const code = await within(closed, `end of "${name}": ${output}`, 9000);
      assert.equal(code, 0, output);
      assert.match(output, /done/);
    } finally {
      child.kill("SIGKILL");
      await closed;
    }
  });
}
