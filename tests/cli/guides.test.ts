import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { testPage } from "./page.ts";

await testPage("README.md");
for (const guide of ["echo", "tunnel", "certificates"]) {
  await testPage(`docs/guides/${guide}.md`);
}

function read(path: string): Promise<string> {
  return readFile(new URL(`../../${path}`, import.meta.url), "utf8");
}

for (const file of ["haproxy.cfg", "Caddyfile", "nginx.conf"]) {
  test(`docs/guides/behind_a_proxy.md shows the ${file} that is run`, async () => {
    const guide = await read("docs/guides/behind_a_proxy.md");
    const config = await read(`examples/proxies/${file}`);
    const blocks = guide.matchAll(/^```\w+\n([\s\S]*?)^```$/gm);
    assert.ok([...blocks].some(([, text]) => text === config));
  });
}
