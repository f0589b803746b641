import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { Client } from "../../mod.ts";
import { readAll, text, within } from "../support/pair.ts";
import { withSite } from "./site.ts";

test("/serverpush pushes the four files that its page needs", async () => {
  await withSite(async ({ server, ca }) => {
    await using client = new Client({ tls: { ca } });
    const pushed = new Map<string, Promise<Response>>();
    const conn = client.connect(`${server.url}/serverpush`, {
      method: "GET",
      onPush: ({ request, response }) =>
        void pushed.set(request.url.slice(server.url.length), response),
    });
    await conn.closeWrite();
    const page = text(await within(readAll(conn), "page"));
    assert.match(page, /All four files were pushed to you\./);
    const wanted = [...page.matchAll(/(?:src|href)="(\/serverpush\/[^"]+)"/g)]
      .map(([, path]) => path);
    assert.equal(wanted.length, 4);
    assert.deepEqual([...pushed.keys()].sort(), wanted.sort());
    const types = [];
    for (const response of pushed.values()) {
      const answer = await within(response, "push");
      assert.equal(answer.status, 200);
      assert.ok((await answer.arrayBuffer()).byteLength > 0);
      types.push(answer.headers.get("content-type"));
    }
    assert.deepEqual(types.sort(), [
      "image/png",
      "image/png",
      "text/css; charset=utf-8",
      "text/javascript; charset=utf-8",
    ]);
  });
});

test("/serverpush says why it did not push, and its files can be had", async () => {
  await withSite(async ({ server, ca, ask, askHttp1 }) => {
    await using client = new Client({ tls: { ca } });
    const conn = client.connect(`${server.url}/serverpush`, { method: "GET" });
    await conn.closeWrite();
    const page = text(await within(readAll(conn), "page"));
    assert.match(page, /Not pushed: your client takes no pushes/);
    const old = await askHttp1("/serverpush");
    assert.match(old.text, /Not pushed: your client speaks HTTP\/1\.1/);
    for (const [, path] of page.matchAll(/"(\/serverpush\/[^"]+)"/g)) {
      const start = performance.now();
      assert.equal((await ask(path)).status, 200);
      assert.ok(performance.now() - start >= 95, path);
    }
  });
});

test("the program that the index shows for push runs as it is written", async () => {
  await withSite(async ({ server, ask }) => {
    const { text: index } = await ask("/");
    const [, html] = /<code>(import \{ Client \}.*?)<\/code>/s.exec(index)!;
    const program = html
      .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code))
      .replace('"h2conn"', `"${new URL("../../mod.ts", import.meta.url)}"`);
    const folder = await mkdtemp(join(tmpdir(), "h2conn-push-"));
    const lines: string[] = [];
    const { log } = console;
    console.log = (...parts) => void lines.push(parts.join(" "));
    try {
      const file = join(folder, "push.mjs");
      await writeFile(file, program);
      await within(import(pathToFileURL(file).href), "program");
    } finally {
      console.log = log;
      await rm(folder, { recursive: true });
    }
    const pushed = lines.filter((line) =>
      line.startsWith(`200 ${server.url}/serverpush/`)
    );
    assert.equal(pushed.length, 4, lines.join("\n"));
  });
});
