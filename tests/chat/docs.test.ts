import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { COMMAND } from "../cli/h2conn.ts";
import { startExample, startServer } from "../support/example.ts";

const PAGE = new URL("../../docs/chat.md", import.meta.url);

/** The commands after a sentence of the page. */
async function commandsAfter(sentence: string): Promise<string> {
  const [, after] = (await readFile(PAGE, "utf8")).split(sentence);
  const [, commands] = /^```sh\n([\s\S]*?)^```$/m.exec(after)!;
  return commands;
}

test("the certificate of docs/chat.md is one of localhost, and its key secret", async () => {
  const folder = await mkdtemp(join(tmpdir(), "h2conn-chat-docs-"));
  try {
    const commands = await commandsAfter("A certificate for this machine");
    const h2conn = COMMAND.map((word) => `'${word}'`).join(" ");
    const script = `set -e\numask 022\nh2conn() { ${h2conn} "$@"; }\n` +
      commands;
    await promisify(execFile)("bash", ["-c", script], { cwd: folder });
    const [ca, cert, key, both] = ["ca", "cert", "key", "chat"].map((name) =>
      join(folder, `${name}.pem`)
    );
    assert.equal((await stat(both)).mode & 0o777, 0o600);
    const args = ["--port=0", "--cert", both, "--key", key];
    const { program, url } = await startServer("chat_server", args);
    await using server = program;
    // A URL without a scheme is one of "https:".
    const host = `localhost:${new URL(url).port}`;
    const visit = ["--name", "ann", "--ca", ca, host];
    await using client = startExample("chat_client", visit);
    await client.said(/ann logged in/);
    client.endInput();
    assert.equal((await client.ended).code, 0, client.stderr);
    assert.equal(
      await readFile(both, "utf8"),
      await readFile(cert, "utf8") + await readFile(key, "utf8"),
    );
    server.signal("SIGINT");
    assert.equal((await server.ended).code, 0, server.stderr);
  } finally {
    await rm(folder, { recursive: true });
  }
});
