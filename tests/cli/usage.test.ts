import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { promisify } from "node:util";
import { COMMANDS } from "../../src/cli/commands.ts";
import { VERSION } from "../../src/cli/version.ts";
import { COMMAND, h2conn } from "./program.ts";

test("--version is the version of deno.json", async () => {
  const config = new URL("../../deno.json", import.meta.url);
  const { version } = JSON.parse(await readFile(config, "utf8"));
  const { code, text, stderr } = await h2conn(["--version"]);
  assert.equal(stderr, "");
  assert.equal(text, `${version}\n`);
  assert.equal(code, 0);
});

test("the entry point for JSR runs when it is the main module", async () => {
  const [command, ...args] = COMMAND;
  const mod = args.pop()!.replace(/main\.ts$/, "mod.ts");
  const { stdout } = await promisify(execFile)(command, [
    ...args,
    mod,
    "--version",
  ]);
  assert.equal(stdout, `${VERSION}\n`);
});

test("--help names every command, on standard output", async () => {
  const { code, text } = await h2conn(["--help"]);
  assert.equal(code, 0);
  for (const { name } of COMMANDS) {
    assert.match(text, RegExp(`^  ${name} `, "m"));
  }
});

for (const { name } of COMMANDS) {
  test(`"${name} --help" shows its usage and an example`, async () => {
    const { code, text } = await h2conn([name, "--help"]);
    assert.equal(code, 0);
    assert.match(text, RegExp(`^Usage: h2conn ${name} `, "m"));
    assert.match(text, /^Example: /m);
    for (const line of text.split("\n")) assert.ok(line.length <= 80, line);
  });
}

const WRONG: [args: string[], message: RegExp][] = [
  [[], /A command is missing; see "h2conn --help"/],
  [["conect"], /Unknown command "conect"; see "h2conn --help"/],
  [["--verison"], /Unknown option "--verison"; see "h2conn --help"/],
  [["help", "conect"], /Unknown command "conect"/],
  [["connect"], /URL is missing; see "h2conn connect --help"/],
  [["connect", "--foo", "x"], /Unknown option "--foo"; see "h2conn connect/],
  [["connect", "--method"], /Option "--method <value>" argument missing/],
  [["connect", "http://a", "http://b"], /Only one URL can be given/],
  [["connect", "ftp://a"], /"ftp:" of "ftp:\/\/a\/?" is neither/],
  [["connect", "http://a:b"], /"http:\/\/a:b" is not a URL/],
  [["connect", "--h2c", "https://a"], /--h2c is for cleartext/],
  [["connect", "--header", "x", "a"], /Header "x" is not 'Name: value'/],
  [["connect", "--header", "a\u00e9: x", "a"], /Header .* is not allowed/],
  [["connect", "--timeout", "soon", "a"], /--timeout must be a whole number/],
  [["connect", "--token", "a b", "a"], /A token may hold letters/],
  [["connect", "--json", "--lines", "a"], /exclude each other/],
  [["connect", "--method", "HEAD", "a"], /it has no body both ways/],
  [["serve", "x"], /Argument "x" is one too many/],
  [["serve", "--port", "65536"], /--port must be a whole number from 0 to/],
  [["serve", "--cert", "x"], /--cert and --key go together/],
  [["serve", "--forward", "22"], /"22" is not host:port/],
  [["serve", "--exec", "x", "--forward", "a:1"], /exclude each other/],
  [["serve", "--tunnel", "a:1"], /--tunnel needs --token/],
];

test("wrong usage is one sentence and exit code 2", async () => {
  const queue = [...WRONG];
  async function work() {
    for (let next = queue.shift(); next; next = queue.shift()) {
      await isWrong(...next);
    }
  }
  await Promise.all([work(), work(), work()]);
});

async function isWrong(args: string[], message: RegExp): Promise<void> {
  const { code, text, stderr } = await h2conn(args);
  assert.match(stderr, message);
  assert.match(stderr, /^h2conn: [^\n]*; see "h2conn[^\n]*--help"\n$/);
  assert.equal(code, 2, stderr);
  assert.equal(text, "");
}
