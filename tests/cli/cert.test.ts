import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import {
  cp,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { COMMAND, h2conn, startServe } from "./h2conn.ts";

const SOURCES = fileURLToPath(new URL("../../src", import.meta.url));
const FILES = ["ca-key.pem", "ca.pem", "cert.pem", "key.pem"];

async function withFolder(use: (cwd: string) => Promise<void>): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), "h2conn-cli-"));
  try {
    await use(cwd);
  } finally {
    await rm(cwd, { recursive: true });
  }
}

test("it makes an authority and a certificate that serve and connect use", async () => {
  await withFolder(async (cwd) => {
    const made = await h2conn(
      ["cert", "--dir", "new/certs", "--days=30", "api.test", "10.1.2.3"],
      { cwd },
    );
    assert.equal(made.code, 0, made.stderr);
    assert.equal(made.text, "");
    const folder = join(cwd, "new/certs");
    assert.deepEqual((await readdir(folder)).sort(), FILES);
    const pem = (name: string) => readFile(join(folder, name), "utf8");
    const leaf = new X509Certificate(await pem("cert.pem"));
    const names = leaf.subjectAltName!;
    for (const name of ["localhost", "127.0.0.1", "api.test", "10.1.2.3"]) {
      assert.ok(names.includes(`:${name}`), names);
    }
    const days = (Date.parse(leaf.validTo) - Date.now()) / 86_400_000;
    assert.ok(days > 29 && days < 31, leaf.validTo);
    const args = ["--cert=cert.pem", "--key=key.pem"];
    const { program, url } = await startServe(args, { cwd: folder });
    await using _ = program;
    const { text } = await h2conn(["connect", "--ca=ca.pem", url], {
      cwd: folder,
      input: "hello",
    });
    assert.equal(text, "hello");
  });
});

test("an IPv6 address is the same in the certificate, however it is written", async () => {
  await withFolder(async (cwd) => {
    await h2conn(["cert", "::ffff:10.1.2.3", "fd00::a"], { cwd });
    const leaf = new X509Certificate(await readFile(join(cwd, "cert.pem")));
    // Each runtime has its own way of writing them, too.
    assert.match(leaf.subjectAltName!, /:FFFF:(A01:203|10\.1\.2\.3)\b/i);
    assert.match(leaf.subjectAltName!, /FD00:(0:0:0:0:0:0)?:A\b/i);
  });
});

test("a client is not called as the server's files are, in whatever case", async () => {
  await withFolder(async (cwd) => {
    for (const name of ["ca", "CA", "Key"]) {
      const args = ["cert", "--force", "--client", name];
      const { code, stderr } = await h2conn(args, { cwd });
      assert.match(stderr, /^h2conn: Option --client must be a name/);
      assert.equal(code, 2);
    }
  });
});

test("it makes certificates of clients, which serve --client-ca asks for", async () => {
  await withFolder(async (cwd) => {
    const missing = await h2conn(["cert", "--client", "me"], { cwd });
    assert.match(missing.stderr, /^h2conn: Cannot read "ca.pem": /);
    assert.equal(missing.code, 5);
    await h2conn(["cert", "--days=30"], { cwd });
    const made = await h2conn(["cert", "--client", "me"], { cwd });
    assert.equal(made.stderr, "Wrote me.pem, me-key.pem in .\n");
    const leaf = new X509Certificate(await readFile(join(cwd, "me.pem")));
    assert.equal(leaf.subject, "CN=me");
    const days = (Date.parse(leaf.validTo) - Date.now()) / 86_400_000;
    assert.ok(days < 31, `it outlives the authority: ${leaf.validTo}`);
    if (process.platform !== "win32") {
      const { mode } = await stat(join(cwd, "me-key.pem"));
      assert.equal(mode & 0o777, 0o600);
    }
    const again = await h2conn(["cert", "--client", "me"], { cwd });
    assert.match(again.stderr, /^h2conn: "me.pem" exists; --force /);

    const { program, url } = await startServe(
      ["--cert=cert.pem", "--key=key.pem", "--client-ca=ca.pem"],
      { cwd },
    );
    await using _ = program;
    const args = ["connect", "--ca=ca.pem", url];
    const known = ["--cert=me.pem", "--key=me-key.pem"];
    const input = "hello";
    const { text } = await h2conn([...args, ...known], { cwd, input });
    assert.equal(text, "hello");
    const unknown = await h2conn(args, { cwd, input });
    assert.match(unknown.stderr, /wants? a certificate of the client.*--cert/);
    assert.equal(unknown.code, 1);
  });
});

test("files that are no authority are told from one", async () => {
  await withFolder(async (cwd) => {
    await h2conn(["cert"], { cwd });
    // The key of another.
    await cp(join(cwd, "key.pem"), join(cwd, "ca-key.pem"));
    const { stderr, code } = await h2conn(["cert", "--client=me"], { cwd });
    assert.match(stderr, /^h2conn: ca.pem and ca-key.pem in "." are no auth/);
    assert.equal(code, 5);
  });
});

test("only their owner can read the keys", {
  skip: process.platform === "win32" && "Windows has no such modes",
}, async () => {
  await withFolder(async (cwd) => {
    // A file that was open to all, and is replaced.
    await writeFile(join(cwd, "key.pem"), "", { mode: 0o644 });
    const { code, stderr } = await h2conn(["cert", "--force"], { cwd });
    assert.equal(code, 0, stderr);
    const modes = await Promise.all(FILES.map(async (name) => {
      const { mode } = await stat(join(cwd, name));
      return (mode & 0o777).toString(8);
    }));
    assert.deepEqual(modes, ["600", "644", "644", "600"]);
  });
});

test("files that exist stay, without --force", async () => {
  await withFolder(async (cwd) => {
    await writeFile(join(cwd, "key.pem"), "mine");
    const refused = await h2conn(["cert"], { cwd });
    assert.match(refused.stderr, /^h2conn: "key.pem" exists; --force .*\n$/);
    assert.equal(refused.code, 5);
    assert.deepEqual(await readdir(cwd), ["key.pem"]);
    assert.equal(await readFile(join(cwd, "key.pem"), "utf8"), "mine");
    const forced = await h2conn(["cert", "--force"], { cwd });
    assert.equal(forced.code, 0);
    assert.deepEqual((await readdir(cwd)).sort(), FILES);
    assert.notEqual(await readFile(join(cwd, "key.pem"), "utf8"), "mine");
  });
});

test("a folder that cannot be made is exit code 5", async () => {
  await withFolder(async (cwd) => {
    await writeFile(join(cwd, "file"), "");
    const { code, stderr } = await h2conn(["cert", "--dir=file/in"], { cwd });
    assert.match(stderr, /^h2conn: Cannot make "file\/in": .*\n$/);
    assert.equal(code, 5);
  });
});

test("without the packages, cert and demo say what to do", async () => {
  await withFolder(async (cwd) => {
    // A checkout in which nothing was installed.
    await cp(SOURCES, join(cwd, "src"), { recursive: true });
    const main = join(cwd, "src/cli/main.ts");
    const [runtime, ...args] = COMMAND.slice(0, -1);
    // Bun would fetch them.
    if (process.versions.bun) args.push("--no-install");
    for (const name of ["cert", "demo"]) {
      const failure = await promisify(execFile)(
        runtime,
        [...args, main, name],
        { cwd },
      ).catch((error) => error);
      assert.match(
        failure.stderr,
        /^h2conn: .* is not installed: .* "npx -y deno@2 install" does that\n$/,
      );
      assert.equal(failure.code, 5);
    }
  });
});
