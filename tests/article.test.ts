/**
 * The article's four programs in examples/article, as processes on the runtime
 * under test: what they print is what the article shows.
 *
 * @module
 */

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { makeCertificates } from "./support/certificates.ts";
import { startExample } from "./support/example.ts";
import { type Ended, listening } from "./support/program.ts";

interface Served {
  readonly url: string;
  readonly ca: string;
  /** Interrupts the server, and gives all that it printed. */
  stop(): Promise<string>;
}

async function withServer(
  name: string,
  use: (served: Served) => Promise<void>,
): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), "h2conn-article-"));
  try {
    const { ca, cert, key } = await makeCertificates();
    for (const [file, pem] of Object.entries({ ca, cert, key })) {
      await writeFile(join(cwd, `${file}.pem`), pem);
    }
    const args = ["--port", "0"];
    const { program, url } = await listening(
      startExample(`article/${name}`, args, { cwd }),
      /^Serving on (\S+)$/m,
    );
    await using _ = program;
    await use({
      url,
      ca: join(cwd, "ca.pem"),
      async stop() {
        program.signal("SIGINT");
        const { code, text, stderr } = await program.ended;
        assert.equal(stderr, "");
        assert.equal(code, 0);
        return text.replace(/^Serving on .*\n/, "");
      },
    });
  } finally {
    await rm(cwd, { recursive: true });
  }
}

async function run(name: string, ...args: string[]): Promise<Ended> {
  await using program = startExample(`article/${name}`, args, { input: "" });
  return await program.ended;
}

test("h2-server pushes /2nd to h2-client", async () => {
  await withServer("h2_server", async ({ url, ca, stop }) => {
    const { text } = await run("h2_client", url, "--ca", ca);
    const lines = text.trim().split("\n").sort();
    assert.deepEqual(lines, [
      "Got push of /2nd: Hello Again!",
      "Got response 200: HTTP/2.0 Hello",
    ]);
    assert.equal(
      await stop(),
      "Got connection: HTTP/2.0\nHandling 1st\n" +
        "Got connection: HTTP/2.0\nHandling 2nd\n",
    );
  });
});

test("h2-server answers h2-client -version 1, and cannot push", async () => {
  await withServer("h2_server", async ({ url, ca, stop }) => {
    const args = [url, "--ca", ca, "-version", "1"];
    const { text } = await run("h2_client", ...args);
    assert.equal(text, "Got response 200: HTTP/1.1 Hello\n");
    assert.equal(
      await stop(),
      "Got connection: HTTP/1.1\nHandling 1st\nCan't push to client\n",
    );
  });
});

test("h2-client without the CA says what is wrong", async () => {
  await withServer("h2_server", async ({ url }) => {
    const { code, stderr } = await run("h2_client", url);
    assert.match(stderr, /^Failed get: .*signed by an unknown authority/);
    assert.equal(code, 1);
  });
});

test("h2conn-server sends back what h2conn-client says", async () => {
  await withServer("h2conn_server", async ({ url, ca, stop }) => {
    const args = [url, "--ca", ca, "--count", "2"];
    const { text } = await run("h2conn_client", ...args);
    assert.match(text, /^(It is now \d{4}-\d\d-\d\dT[\d:.]+Z\n){2}$/);
    assert.equal(
      await stop(),
      `Got connection: PUT ${url}/ECHO\nConnection ended\n`,
    );
  });
});

test("an unknown flag is told in a line, without a stack", async () => {
  const programs = ["h2_client", "h2_server", "h2conn_client", "h2conn_server"];
  for (const name of programs) {
    const { code, stderr } = await run(name, "--nope");
    assert.match(stderr, /^[^\n]*--nope[^\n]*\n$/);
    assert.equal(code, 2);
  }
});
