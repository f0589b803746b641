import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Conn, handle, serve, type Server } from "../mod.ts";
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
  "second-waits",
  "unref-server",
  "unref-http1",
  "server-shutdown",
];

async function echo(conn: Conn) {
  for await (const chunk of conn) await conn.write(chunk);
}

/** Runs the program against the server until it ends. */
async function run(name: string, server: Server): Promise<void> {
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
}

for (const name of CASES) {
  test(`a program that has finished ends: ${name}`, async () => {
    await using server = await serve({ port: 0 }, handle(echo));
    await run(name, server);
  });
}

const SENT = {
  "end-after-wait": 1024 * 1024,
  delivered: 4_000_000,
  flushed: 5000,
};

for (const [name, sent] of Object.entries(SENT)) {
  test(`what a program sent before it ended arrives: ${name}`, async () => {
    const received = Promise.withResolvers<number>();
    await using server = await serve(
      { port: 0 },
      handle(async (conn) => {
        let bytes = 0;
        try {
          await conn.closeWrite();
          for await (const chunk of conn) {
            bytes += chunk.length;
            // Slower than it is sent, so that the program ends before us.
            await new Promise((resolve) => setTimeout(resolve, 1));
          }
        } finally {
          received.resolve(bytes);
        }
      }),
    );
    await run(name, server);
    assert.equal(await within(received.promise, "bytes"), sent);
  });
}
