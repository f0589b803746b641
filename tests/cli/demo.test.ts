import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "../../mod.ts";
import { readAll, text, within } from "../support/pair.ts";
import { listening, type Serving } from "../support/program.ts";
import { startH2conn } from "./h2conn.ts";

async function ask(url: string, path: string): Promise<string> {
  // The certificate is one of its own.
  await using client = new Client({ tls: { rejectUnauthorized: false } });
  const conn = client.connect(new URL(path, url), { method: "GET" });
  await conn.closeWrite();
  return text(await within(readAll(conn), path));
}

function start(...args: string[]): Promise<Serving> {
  return listening(startH2conn(["demo", "--port", "0", ...args]));
}

test("it serves the site over TLS, with a certificate made for it", async () => {
  const { program, url } = await start("--verbose");
  await using _ = program;
  assert.match(url, /^https:/);
  assert.match(await ask(url, "/"), /<title>/);
  assert.match(await ask(url, "/reqinfo"), /HTTP\/2/);
  program.signal("SIGINT");
  const { code, stderr } = await program.ended;
  assert.equal(code, 0);
  assert.match(stderr, /certificate was made just now/);
  assert.match(stderr, /^The same under HTTP\/1\.1 alone: https:\S+:\d+$/m);
  assert.match(stderr, /\/reqinfo/);
});

test("--h2c serves it in cleartext", async () => {
  const { program, url } = await start("--h2c");
  await using _ = program;
  assert.match(url, /^http:/);
  assert.match(await ask(url, "/reqinfo"), /HTTP\/2/);
  program.signal("SIGTERM");
  const { code, stderr } = await program.ended;
  assert.equal(code, 0);
  assert.equal(stderr, "");
});
