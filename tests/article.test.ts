/**
 * The article's four programs in examples/article, as processes on the runtime
 * under test: what they print is what the article shows.
 *
 * @module
 */

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { makeCertificates } from "./support/certificates.ts";
import { within } from "./support/pair.ts";

const MS = 20_000;

function command(name: string): string[] {
  const file = fileURLToPath(
    new URL(`../examples/article/${name}.ts`, import.meta.url),
  );
  return process.versions.deno
    ? [process.execPath, "run", "-A", "--no-check", "--quiet", file]
    : [process.execPath, file];
}

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
  const folder = await mkdtemp(join(tmpdir(), "h2conn-article-"));
  const { ca, cert, key } = await makeCertificates();
  const files = { ca, cert, key };
  for (const [file, pem] of Object.entries(files)) {
    await writeFile(join(folder, `${file}.pem`), pem);
  }
  const [runtime, ...args] = command(name);
  const child = spawn(runtime, [...args, "--port", "0"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = once(child, "close");
  let printed = "";
  try {
    const url = await within(
      new Promise<string>((resolve, reject) => {
        child.stdout.on("data", (chunk) => {
          printed += chunk;
          const url = /^Serving on (\S+)$/m.exec(printed)?.[1];
          if (url) resolve(url);
        });
        closed.then(() => reject(new Error(`It ended: ${printed}`)), reject);
      }),
      "URL",
      MS,
    );
    await use({
      url,
      ca: join(folder, "ca.pem"),
      async stop() {
        process.kill(child.pid!, "SIGINT");
        const [code] = await within(closed, "end", MS);
        assert.equal(code, 0);
        return printed.replace(/^Serving on .*\n/, "");
      },
    });
  } finally {
    child.kill("SIGKILL");
    await closed;
    await rm(folder, { recursive: true });
  }
}

async function run(name: string, ...args: string[]) {
  const [runtime, ...first] = command(name);
  const ended = promisify(execFile)(runtime, [...first, ...args], {
    timeout: MS,
  });
  return await ended;
}

test("h2-server pushes /2nd to h2-client", async () => {
  await withServer("h2_server", async ({ url, ca, stop }) => {
    const { stdout } = await run("h2_client", url, "--ca", ca);
    const lines = stdout.trim().split("\n").sort();
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
    const { stdout } = await run("h2_client", ...args);
    assert.equal(stdout, "Got response 200: HTTP/1.1 Hello\n");
    assert.equal(
      await stop(),
      "Got connection: HTTP/1.1\nHandling 1st\nCan't push to client\n",
    );
  });
});

test("h2-client without the CA says what is wrong", async () => {
  await withServer("h2_server", async ({ url }) => {
    await assert.rejects(run("h2_client", url), (error) => {
      const { code, stderr } = error as { code: number; stderr: string };
      assert.equal(code, 1);
      assert.match(stderr, /^Failed get: .*signed by an unknown authority/);
      return true;
    });
  });
});

test("h2conn-server sends back what h2conn-client says", async () => {
  await withServer("h2conn_server", async ({ url, ca, stop }) => {
    const args = [url, "--ca", ca, "--count", "2"];
    const { stdout } = await run("h2conn_client", ...args);
    assert.match(stdout, /^(It is now \d{4}-\d\d-\d\dT[\d:.]+Z\n){2}$/);
    assert.equal(
      await stop(),
      `Got connection: PUT ${url}/ECHO\nConnection ended\n`,
    );
  });
});

test("an unknown flag is told in a line, without a stack", async () => {
  const programs = ["h2_client", "h2_server", "h2conn_client", "h2conn_server"];
  for (const name of programs) {
    const [runtime, ...args] = command(name);
    const failure = await promisify(execFile)(runtime, [...args, "--nope"])
      .catch((error) => error);
    assert.match(failure.stderr, /^[^\n]*--nope[^\n]*\n$/);
    assert.equal(failure.code, 2);
  }
});
