import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Client, type Conn, ResetError } from "../../mod.ts";
import { missing } from "../chat/service.ts";
import { makeCertificates } from "../support/certificates.ts";
import { bytes, readAll, within } from "../support/pair.ts";
import { RUNTIME } from "../support/program.ts";
import { h2conn, startH2conn, startServe } from "./h2conn.ts";
import { listenTcp } from "./tcp_server.ts";

function connect(url: string, input: string | Uint8Array, ...args: string[]) {
  return h2conn(["connect", ...args, url], { input });
}

test("it echoes, and prints one line with the URL", async () => {
  const { program, url } = await startServe();
  await using _ = program;
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
  const { text, code } = await connect(url, "hello");
  assert.equal(text, "hello");
  assert.equal(code, 0);
  program.signal("SIGTERM");
  const ended = await program.ended;
  assert.equal(ended.text, `Listening on ${url}\n`);
  assert.equal(ended.stderr, "");
  assert.equal(ended.code, 0);
});

test("--exec runs a command for each Conn", async () => {
  const { program, url } = await startServe(["--exec", "tr a-z A-Z"]);
  await using _ = program;
  const runs = ["one", "two"].map((word) => connect(url, word));
  const [one, two] = await Promise.all(runs);
  assert.equal(one.text + two.text, "ONETWO");
  assert.equal(one.code, 0);
});

test("--exec cat gives 4 MiB of binary back", async () => {
  const { program, url } = await startServe(["--exec", "cat"]);
  await using _ = program;
  const input = crypto.getRandomValues(new Uint8Array(65_536));
  const large = Buffer.concat(Array.from({ length: 64 }, () => input));
  const { stdout, code } = await connect(url, large);
  assert.equal(Buffer.compare(stdout, large), 0);
  assert.equal(code, 0);
});

test("--exec: the command's exit ends the Conn", async () => {
  const { program, url } = await startServe(["--exec", "head -n 1"]);
  await using _ = program;
  // Its standard input stays open.
  await using client = startH2conn(["connect", url]);
  client.write("first\nsecond\n");
  await client.said(/first/);
  client.endInput();
  const { text, code } = await client.ended;
  assert.equal(text, "first\n");
  assert.equal(code, 0);
});

test("--exec: a command that does not read may be sent to", async () => {
  const { program, url } = await startServe(["--exec", "echo hello"]);
  await using _ = program;
  const { text, code } = await connect(url, "x".repeat(1_000_000));
  assert.equal(text, "hello\n");
  assert.equal(code, 0);
  assert.equal((await connect(url, "")).text, "hello\n");
});

test("--exec: a command's standard error is the server's", async () => {
  const { program, url } = await startServe(["--exec", "echo oops >&2"]);
  await using _ = program;
  assert.equal((await connect(url, "")).text, "");
  await program.said(/^oops$/m);
});

test("--exec: a command that is killed is a reset, not EOF", async () => {
  const { program, url } = await startServe(["--exec", "kill -KILL $$"]);
  await using _ = program;
  const { code, stderr } = await connect(url, "");
  assert.match(stderr, /reset by the peer with INTERNAL_ERROR/);
  assert.equal(code, 4);
});

test("--exec: a reset kills the command and what it started", async () => {
  const { program, url } = await startServe(["--exec", TELL_PID]);
  await using _ = program;
  await using client = new Client();
  const conn = client.connect(url);
  const pid = await readPid(conn);
  process.kill(-pid, 0); // throws for a group that is not there
  conn.abort();
  await within(groupGone(pid), "end of the command", 10_000);
});

test("--exec: a terminal that closes kills the command too", {
  skip: process.platform === "win32" && "Windows has no SIGHUP to send",
}, async () => {
  const { program, url } = await startServe(["--exec", TELL_PID]);
  await using _ = program;
  await using client = new Client();
  const pid = await readPid(client.connect(url));
  // The second one does not wait for the Conn.
  program.signal("SIGHUP");
  await within(refused(url), "end of listening");
  program.signal("SIGHUP");
  assert.equal((await program.ended).code, 130);
  await within(groupGone(pid), "end of the command", 10_000);
});

test("--exec: what is left in a session of its own holds no Conn", {
  skip: missing("setsid", "util-linux"),
}, async () => {
  const command = "setsid sleep 15 & echo hi";
  const { program, url } = await startServe(["--exec", command]);
  await using _ = program;
  const start = performance.now();
  const { text, code } = await connect(url, "");
  assert.equal(text, "hi\n");
  assert.equal(code, 0);
  assert.ok(performance.now() - start < 12_000);
});

/** What a command says first, or the code of the reset that comes instead. */
async function firstWord(conn: Conn): Promise<string> {
  const p = new Uint8Array(16);
  try {
    const length = await conn.read(p);
    return new TextDecoder().decode(p.subarray(0, length ?? 0));
  } catch (error) {
    return (error as ResetError).h2Code.name;
  }
}

test("--exec: who comes when there are no descriptors left is reset", {
  skip: process.platform === "win32" && "Windows has no ulimit",
}, async () => {
  const limited = 'ulimit -n 100 && exec "$0" "$@"';
  const { program, url } = await startServe(["--exec", "echo hi; cat"], {
    runtime: ["sh", "-c", limited, ...RUNTIME],
  });
  await using _ = program;
  await using client = new Client();
  const conns = Array.from({ length: 100 }, () => client.connect(url));
  const words = await within(Promise.all(conns.map(firstWord)), "all answers");
  assert.deepEqual(new Set(words), new Set(["hi\n", "INTERNAL_ERROR"]));
  for (const conn of conns) conn.abort();
  let word = "";
  // Their commands may take a moment to end.
  while (word !== "hi\n") {
    word = await within(firstWord(client.connect(url)), "answer");
  }
  await client.close({ graceMs: 0 });
  program.signal("SIGTERM");
  const { code, stderr } = await program.ended;
  assert.equal(code, 0);
  assert.match(stderr, /^(h2conn: .*\n)+$/);
});

test("--exec: all output comes to a client that reads late", async () => {
  const command = "head -c 150000 /dev/zero";
  const { program, url } = await startServe(["--exec", command]);
  await using _ = program;
  await using client = new Client();
  const conn = client.connect(url);
  await conn.opened;
  // By then the command has exited, and longer ago than a silence may take.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  assert.equal((await readAll(conn)).length, 150_000);
});

test("--exec: the exit code comes as a trailer", async () => {
  const { program, url } = await startServe(["--exec", "echo part; exit 3"]);
  await using _ = program;
  const { text, code, stderr } = await connect(url, "", "-v");
  assert.equal(text, "part\n");
  assert.match(stderr, /^< h2conn-exit-code: 3 \(trailer\)$/m);
  assert.equal(code, 0);
});

test("--exec: a command does not get the server's token", async () => {
  const args = ["--exec", 'echo "<$H2CONN_TOKEN> <$H2CONN_TEST>"'];
  const { program, url } = await startServe(args, {
    env: { H2CONN_TOKEN: "secret", H2CONN_TEST: "other" },
  });
  await using _ = program;
  const { text } = await connect(url, "", "--token=secret");
  assert.equal(text, "<> <other>\n");
});

/** A command that says which group of processes it is, and stays. */
const TELL_PID = `echo "pid $$"; sleep 60 | cat`;

async function readPid(conn: Conn): Promise<number> {
  const p = new Uint8Array(100);
  const text = new TextDecoder().decode(p.subarray(0, await conn.read(p) ?? 0));
  return Number(/pid (\d+)/.exec(text)![1]);
}

async function groupGone(pid: number): Promise<void> {
  while (true) {
    try {
      process.kill(-pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("--forward leads to a TCP server, with half-close both ways", async () => {
  await using tcp = await listenTcp((socket) => {
    let length = 0;
    socket.on("data", (chunk) => length += chunk.length);
    socket.on("end", () => socket.end(`${length} bytes`));
  });
  const { program, url } = await startServe(["--forward", tcp.target]);
  await using _ = program;
  const { text, code } = await connect(url, new Uint8Array(2_000_000));
  assert.equal(text, "2000000 bytes");
  assert.equal(code, 0);
});

test("--forward: a reset of one side reaches the other", async () => {
  const reset = Promise.withResolvers<string | undefined>();
  await using tcp = await listenTcp((socket) => {
    socket.on("error", (error: Error & { code?: string }) => {
      reset.resolve(error.code);
    });
    socket.on("end", () => reset.resolve("end"));
    socket.on("data", (chunk) => {
      if (chunk.toString() === "reset") socket.resetAndDestroy();
      else socket.write(chunk);
    });
  });
  const { program, url } = await startServe(["--forward", tcp.target]);
  await using _ = program;
  await using client = new Client();
  const p = new Uint8Array(10);

  const one = client.connect(url);
  await one.write(bytes("hello"));
  assert.equal(await one.read(p), 5);
  one.abort();
  assert.equal(await within(reset.promise, "reset"), "ECONNRESET");

  const two = client.connect(url);
  await two.write(bytes("reset"));
  await assert.rejects(two.read(p), (error: unknown) => {
    assert.ok(error instanceof ResetError);
    assert.equal(error.h2Code.name, "CONNECT_ERROR");
    return true;
  });
});

test("--forward: a target that refuses is status 502", async () => {
  const { program, url } = await startServe(["--forward", "127.0.0.1:9"]);
  await using _ = program;
  const { code, stderr } = await connect(url, "");
  assert.equal(code, 3);
  assert.match(stderr, /status 502: "Cannot connect to 127\.0\.0\.1:9"/);
});

test("--token: others get 401, before anything runs", async () => {
  const args = ["--exec", "echo ran >&2; cat"];
  const { program, url } = await startServe(args, {
    env: { H2CONN_TOKEN: "secret" },
  });
  await using _ = program;
  for (const options of [[], ["--token=wrong"], ["--token=secret2"]]) {
    const { code, stderr } = await connect(url, "", ...options);
    assert.match(stderr, /status 401: "This needs a bearer token"/);
    assert.equal(code, 3);
  }
  const { text } = await connect(url, "hello", "--token=secret");
  assert.equal(text, "hello");
  const header = "--header=Authorization: bearer secret";
  assert.equal((await connect(url, "hello", header)).text, "hello");
  program.signal("SIGINT");
  const { stderr } = await program.ended;
  assert.equal(stderr, "ran\nran\n");
});

test("an empty H2CONN_TOKEN is none", async () => {
  const env = { H2CONN_TOKEN: "" };
  const { program, url } = await startServe([], { env });
  await using _ = program;
  const ended = await h2conn(["connect", url], { input: "hello", env });
  assert.equal(ended.text, "hello");
});

test("a page of another site gets 403", async () => {
  const { program, url } = await startServe();
  await using _ = program;
  const { code } = await connect(url, "", "--header=Origin: https://evil.test");
  assert.equal(code, 3);
});

test("--cert and --key serve TLS", async () => {
  const { ca, cert, key } = await makeCertificates();
  const cwd = await mkdtemp(join(tmpdir(), "h2conn-cli-"));
  try {
    for (const [name, pem] of Object.entries({ ca, cert, key })) {
      await writeFile(join(cwd, `${name}.pem`), pem);
    }
    const args = ["--cert", "cert.pem", "--key", "key.pem"];
    const { program, url } = await startServe(args, { cwd });
    await using _ = program;
    assert.match(url, /^https:\/\/localhost:\d+$/);
    const { text } = await h2conn(["connect", "--ca", "ca.pem", url], {
      input: "hello",
      cwd,
    });
    assert.equal(text, "hello");
  } finally {
    await rm(cwd, { recursive: true });
  }
});

test("ctrl-C lets open Conns end", async () => {
  const { program, url } = await startServe();
  await using _ = program;
  await using client = new Client();
  const conn = client.connect(url);
  await conn.write(bytes("hello"));
  assert.equal(await conn.read(new Uint8Array(5)), 5);
  program.signal("SIGINT");
  // It takes no new ones, and this one goes on.
  await within(refused(url), "end of listening");
  await conn.write(bytes("again"));
  await conn.closeWrite();
  assert.equal(new TextDecoder().decode(await readAll(conn)), "again");
  assert.equal((await program.ended).code, 0);
});

async function refused(url: string): Promise<void> {
  while (true) {
    const client = new Client();
    try {
      await client.connect(url).opened;
    } catch {
      return;
    } finally {
      await client.close({ graceMs: 0 });
    }
  }
}

test("a port in use is exit code 1", async () => {
  await using tcp = await listenTcp(() => {});
  const port = tcp.target.split(":")[1];
  const { code, stderr } = await h2conn(["serve", "--port", port]);
  assert.match(stderr, /^h2conn: Cannot listen on .*: the port is in use\n$/);
  assert.equal(code, 1);
});
