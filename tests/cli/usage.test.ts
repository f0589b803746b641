import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { promisify } from "node:util";
import { ArgumentError } from "../../mod.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { VERSION } from "../../src/cli/version.ts";
import { COMMAND, h2conn } from "./h2conn.ts";

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
  [[], /A command is missing/],
  [["conect"], /Unknown command "conect"/],
  [["--verison"], /Unknown option "--verison"/],
  [["help", "conect"], /Unknown command "conect"/],
  [["connect", "--foo", "x"], /Unknown option "--foo"/],
];

for (const [args, message] of WRONG) {
  const line = ["h2conn", ...args].join(" ");
  test(`"${line}" is one sentence and exit code 2`, async () => {
    const { code, text, stderr } = await h2conn(args);
    assert.match(stderr, message);
    assert.match(stderr, /^h2conn: [^\n]*; see "h2conn[^\n]*--help"\n$/);
    assert.equal(code, 2, stderr);
    assert.equal(text, "");
  });
}

const WRONG_OPTIONS: Record<string, [args: string[], message: RegExp][]> = {
  connect: [
    [[], /^URL is missing$/],
    [["--method"], /^Option "--method <value>" argument missing$/],
    [["--method", "--json", "a"], /^Option "--method" argument is ambiguous$/],
    [["http://a", "http://b"], /^Only one URL can be given$/],
    [["ftp://a"], /^Cannot connect: "ftp:\/\/a\/?" starts with neither/],
    [["http://a:b"], /^"http:\/\/a:b" is not a URL$/],
    [["--h2c", "https://a"], /^Option --h2c is for cleartext/],
    [["--header", "x", "a"], /^Header "x" is not 'Name: value'$/],
    [["--header", "a\u00e9: x", "a"], /^Header .* is not allowed$/],
    [["--timeout", "soon", "a"], /^Option --timeout must be a whole number/],
    [["--token", "a b", "a"], /^A token may hold letters/],
    [["--json", "--lines", "a"], /exclude each other$/],
    [["--method", "HEAD", "a"], /it has no body both ways$/],
  ],
  serve: [
    [["x"], /^Argument "x" is one too many$/],
    [["--port", "65536"], /^Option --port must be a whole number from 0 to/],
    [["--cert", "x"], /^Options --cert and --key go together$/],
    [["--forward", "22"], /^"22" is not host:port/],
    [["--forward", "::1:22"], /^"::1:22" is not host:port/],
    [["--exec", "x", "--forward", "a:1"], /exclude each other$/],
    [["--tunnel", "a:1"], /^Option --tunnel needs --token.* or --client-ca$/],
    [["--client-ca", "x"], /^Option --client-ca needs --cert and --key$/],
  ],
  tunnel: [
    [["http://a"], /^Option -L is missing$/],
    [["-L", "80", "http://a"], /^"80" is not \[BIND:\]PORT:HOST:PORT/],
    [["-L", "1:host", "http://a"], /^"1:host" is not \[BIND:\]PORT/],
    [["-L", "70000:a:1", "http://a"], /^"70000:a:1" is not \[BIND:\]PORT/],
    [["-L", "a:b:1:host:x", "http://a"], /is not \[BIND:\]PORT/],
    [["-L", "1:host:0", "http://a"], /^"host:0" is not host:port/],
  ],
  chat: [
    [[], /^URL is missing$/],
    [["http://a", "http://b"], /^Only one URL can be given$/],
    [["serve", "x"], /^Argument "x" is one too many$/],
    [["serve", "--port", "x"], /^Option --port must be a whole number/],
    [
      ["serve", "--history", "-1"],
      /^Option "--history" argument is ambiguous$/,
    ],
    [["serve", "--history", "201"], /^Option --history .* from 0 to 200/],
    [["serve", "--key", "x"], /^Options --cert and --key go together$/],
    [["http://a:b"], /^"http:\/\/a:b" is not a URL$/],
    [
      ["--name", "x", "ftp://a"],
      /^Cannot connect: "ftp:\/\/a\/?" starts with neither/,
    ],
  ],
  demo: [
    [["x"], /^Argument "x" is one too many$/],
    [["--port", "65536"], /^Option --port must be a whole number/],
    [["--port", "65535"], /^There is no port after 65535: option --http1-port/],
    [["--http1-port", "x"], /^Option --http1-port must be a whole number/],
    [["--cert", "x"], /^Options --cert and --key go together$/],
    [["--h2c", "--cert", "x"], /^Options --h2c and --cert exclude each other$/],
  ],
  cert: [
    [["not a name"], /^"not a name" is neither a DNS name nor an IP address$/],
    [["fe80::1%lo"], /^"fe80::1%lo" is neither a DNS name nor an IP address$/],
    [["--client", "../x"], /^Option --client must be a name of letters/],
    [["--client", "ca", "--force"], /^Option --client must be a name of/],
    [["--client", "me", "x"], /^Argument "x" is one too many$/],
    [["--days", "0"], /^Option --days must be a whole number from 1 to/],
  ],
  doctor: [
    [[], /^URL is missing$/],
    [["--idle", "-1", "a"], /^Option "--idle" argument is ambiguous$/],
  ],
};

for (const command of COMMANDS) {
  test(`wrong options of "${command.name}" are told in one sentence`, async () => {
    for (const [args, message] of WRONG_OPTIONS[command.name]) {
      await assert.rejects(command.run(args), (error: unknown) => {
        assert.ok(error instanceof ArgumentError, `${args}: ${error}`);
        assert.match(error.message, message);
        return true;
      });
    }
  });
}
