import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { accept, type Conn, handle, serve } from "../../mod.ts";
import {
  makeCertificates,
  makeUntrustedCertificates,
} from "../support/certificates.ts";
import { readAll } from "../support/pair.ts";
import { h2conn, startH2conn } from "./h2conn.ts";
import { listenTcp } from "./tcp_server.ts";

async function echo(conn: Conn) {
  for await (const chunk of conn) await conn.write(chunk);
}

function serveEcho() {
  return serve({ port: 0 }, handle(echo));
}

/** Bytes of every value, that no text decoder leaves as they are. */
function binary(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = (at * 31 + (at >> 8)) & 255;
  return bytes;
}

/** A folder with files, for the time of a test. */
async function withFiles(
  files: Record<string, string>,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "h2conn-cli-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(folder, name), text);
    }
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("4 MiB of binary come back as they were sent", async () => {
  await using server = await serveEcho();
  const input = binary(4 * 1024 * 1024);
  const ended = await h2conn(["connect", server.url], { input });
  assert.equal(ended.stderr, "");
  assert.equal(ended.code, 0);
  assert.equal(Buffer.compare(ended.stdout, input), 0);
});

test("what is written comes back before standard input ends", async () => {
  await using server = await serveEcho();
  await using program = startH2conn(["connect", server.url]);
  for (const line of ["one", "two"]) {
    program.write(`${line}\n`);
    await program.said(RegExp(`${line}\n$`));
  }
  program.endInput();
  assert.equal((await program.ended).code, 0);
});

test("the end of standard input is a half-close", async () => {
  await using server = await serve(
    { port: 0 },
    handle(async (conn) => {
      const bytes = await readAll(conn);
      await conn.write(new TextEncoder().encode(`${bytes.length} bytes`));
    }),
  );
  const { text, code } = await h2conn(["connect", server.url], {
    input: "12345",
  });
  assert.equal(text, "5 bytes");
  assert.equal(code, 0);
});

test("the server may end first; what is sent after it arrives", async () => {
  const received = Promise.withResolvers<number>();
  await using server = await serve(
    { port: 0 },
    handle(async (conn) => {
      await conn.write(new TextEncoder().encode("first"));
      await conn.closeWrite();
      received.resolve((await readAll(conn)).length);
    }),
  );
  await using program = startH2conn(["connect", server.url]);
  await program.said(/first/);
  program.write(binary(1_000_000));
  program.endInput();
  assert.equal((await program.ended).code, 0);
  assert.equal(await received.promise, 1_000_000);
});

test("a server that has answered and wants no more is a clean end", async () => {
  await using server = await serve({ port: 0 }, (request) => {
    const { conn, response } = accept(request);
    conn.write(new TextEncoder().encode("enough")).then(async () => {
      await conn.closeWrite();
      conn.abort({ code: "NO_ERROR" });
    });
    return response;
  });
  // Its standard input never ends.
  await using program = startH2conn(["connect", server.url]);
  const { text, code, stderr } = await program.ended;
  assert.equal(stderr, "");
  assert.equal(text, "enough");
  assert.equal(code, 0);
});

test("a reset while open: what came before it is written, exit code 4", async () => {
  await using server = await serve(
    { port: 0 },
    handle(async (conn) => {
      await conn.write(new TextEncoder().encode("before"));
      await conn.read(new Uint8Array(1));
      conn.abort({ code: "ENHANCE_YOUR_CALM" });
    }),
  );
  await using program = startH2conn(["connect", "-v", server.url]);
  await program.said(/before/);
  program.write("x");
  const { text, code, stderr } = await program.ended;
  assert.equal(text, "before");
  assert.equal(code, 4);
  assert.match(stderr, /\* Reset by the peer: ENHANCE_YOUR_CALM \(11\)/);
  assert.match(
    stderr,
    /^h2conn: Stream was reset by the peer with ENHANCE_YOUR_CALM\n$/m,
  );
});

test("a lost connection while open is exit code 4", async () => {
  await using server = await serveEcho();
  await using program = startH2conn(["connect", server.url]);
  program.write("hello");
  await program.said(/hello/);
  await server.shutdown(0);
  const { code, stderr } = await program.ended;
  assert.equal(code, 4, stderr);
});

test("a refused connection is exit code 1", async () => {
  const { code, stderr } = await h2conn(["connect", "http://127.0.0.1:9"]);
  assert.equal(
    stderr,
    "h2conn: Cannot connect to 127.0.0.1:9: connection refused\n",
  );
  assert.equal(code, 1);
});

test("a server that says nothing is exit code 1, after --timeout", async () => {
  await using silent = await listenTcp(() => {});
  const { code, stderr } = await h2conn([
    "connect",
    "--timeout=1",
    "--h2c",
    silent.target,
  ]);
  assert.match(stderr, /^h2conn: .*1000 ms.*\n$/);
  assert.equal(code, 1);
});

test("a status is exit code 3, with the body's first line", async () => {
  await using server = await serve(
    { port: 0 },
    () => new Response("Not \x1b[31mhere\nmore", { status: 404 }),
  );
  const { code, stderr } = await h2conn(["connect", server.url]);
  assert.equal(
    stderr,
    'h2conn: Server answered with status 404: "Not \\x1b[31mhere"\n',
  );
  assert.equal(code, 3);
});

test("--ca trusts, without it exit code 1, --insecure warns", async () => {
  const { ca, cert, key } = await makeCertificates();
  const other = await makeUntrustedCertificates();
  await using server = await serve(
    { port: 0, tls: { cert, key } },
    handle(echo),
  );
  await withFiles(
    { "ca.pem": ca, "other.pem": other.ca, "empty.pem": "-" },
    async (cwd) => {
      const input = "hello";
      const run = (...options: string[]) =>
        h2conn(["connect", ...options, server.url], { input, cwd });
      const trusted = await run("--ca", "ca.pem");
      assert.equal(trusted.stderr, "");
      assert.equal(trusted.text, "hello");
      for (const untrusted of [await run(), await run("--ca", "other.pem")]) {
        assert.match(
          untrusted.stderr,
          /unknown authority; give its CA with --ca/,
        );
        assert.equal(untrusted.code, 1);
      }
      const insecure = await run("--insecure");
      assert.equal(insecure.text, "hello");
      assert.match(insecure.stderr, /^h2conn: Warning: --insecure .*\n$/);
      const missing = await run("--ca", "none.pem");
      assert.match(missing.stderr, /Cannot read "none.pem": there is no such/);
      assert.equal(missing.code, 5);
      const empty = await run("--ca", "empty.pem");
      assert.match(empty.stderr, /^h2conn: Cannot use the file of --ca: .*\n$/);
      assert.equal(empty.code, 2);
    },
  );
});

test("--method, --header and --token reach the server", async () => {
  await using server = await serve({ port: 0 }, (request) => {
    const { conn, response } = accept(request, {
      headers: { "x-answer": "1" },
    });
    const { method, headers } = request;
    const seen = [method, headers.get("x-a"), headers.get("authorization")];
    conn.write(new TextEncoder().encode(seen.join("|")))
      .then(() => conn.close());
    return response;
  });
  const args = ["--method=PUT", "--header=X-A: 1", "--header", "x-a:2", "-v"];
  const { text, stderr } = await h2conn(
    ["connect", ...args, "--token=secret", `${server.url}/path`],
  );
  assert.equal(text, "PUT|1, 2|Bearer secret");
  assert.match(stderr, /^> PUT http:\S+\/path$/m);
  assert.match(stderr, /^\* Connected to 127.0.0.1:\d+ from 127.0.0.1:\d+/m);
  assert.match(stderr, /^< 200$/m);
  assert.match(stderr, /^< x-answer: 1$/m);
  assert.match(stderr, /^\* 0 bytes sent, 22 bytes received$/m);
  assert.doesNotMatch(stderr, /secret/);
});

test("the token may come from the environment", async () => {
  await using server = await serve({ port: 0 }, (request) => {
    const { conn, response } = accept(request);
    const token = request.headers.get("authorization")!;
    conn.write(new TextEncoder().encode(token)).then(() => conn.close());
    return response;
  });
  const { text } = await h2conn(["connect", server.url], {
    env: { H2CONN_TOKEN: "from-env" },
  });
  assert.equal(text, "Bearer from-env");
});

test("--json sends values, one a line, and refuses what is not JSON", async () => {
  await using server = await serveEcho();
  const run = (input: string) =>
    h2conn(["connect", "--json", server.url], { input });
  const { text, code } = await run('{"a":\n 1} [2]"three"\n4');
  assert.equal(text, '{"a":1}\n[2]\n"three"\n4\n');
  assert.equal(code, 0);
  const wrong = await run("{]");
  assert.match(wrong.stderr, /^h2conn: Cannot send standard input: .*\n$/);
  assert.equal(wrong.code, 5);
  const long = await run(`"${"x".repeat(2 << 20)}"`);
  assert.match(long.stderr, /a message is larger than maxMessageSize/);
  assert.equal(long.code, 5);
  const cut = await run('{"a":');
  assert.match(cut.stderr, /it ended within a message/);
  assert.equal(cut.code, 5);
});

test("--json refuses what the server sends if it is not JSON", async () => {
  await using server = await serve(
    { port: 0 },
    handle(async (conn) => {
      await conn.write(new TextEncoder().encode("1 nonsense\n"));
      await conn.closeWrite();
      await readAll(conn);
    }),
  );
  const { text, code, stderr } = await h2conn([
    "connect",
    "--json",
    server.url,
  ]);
  assert.equal(text, "1\n");
  assert.match(stderr, /^h2conn: Received message is not JSON\n$/);
  assert.equal(code, 5);
});

test("--lines sends lines and writes lines", async () => {
  await using server = await serveEcho();
  const { text, code } = await h2conn(["connect", "--lines", server.url], {
    input: "a\r\n\nü",
  });
  assert.equal(text, "a\n\nü\n");
  assert.equal(code, 0);
  const wrong = await h2conn(["connect", "--lines", server.url], {
    input: "a\r\r\n",
  });
  assert.match(wrong.stderr, /^h2conn: Cannot send a line with .*\n$/);
  assert.equal(wrong.code, 5);
});

test("a closed standard output ends it quietly", async () => {
  const cut = Promise.withResolvers<void>();
  await using server = await serve(
    { port: 0 },
    handle(async (conn) => {
      conn.closed.catch(() => cut.resolve());
      const line = new TextEncoder().encode("y\n".repeat(1000));
      while (true) await conn.write(line);
    }),
  );
  await using program = startH2conn(["connect", server.url]);
  await program.said(/y\n/);
  program.closeOutput();
  const { code, stderr } = await program.ended;
  assert.equal(stderr, "");
  assert.equal(code, 0);
  await cut.promise;
});

test("a server that does not read stalls standard input", async () => {
  const done = Promise.withResolvers<void>();
  await using server = await serve({ port: 0 }, handle(() => done.promise));
  const input = binary(8 << 20);
  await using program = startH2conn(["connect", "-v", server.url], { input });
  await program.said(/< 200/);
  await pause();
  program.signal("SIGINT");
  const { stderr } = await program.ended;
  done.resolve();
  const sent = Number(/\* (\d+) bytes sent/.exec(stderr)![1]);
  assert.ok(sent < 1 << 20, `${sent} bytes of 8 MiB were sent`);
});

test("a reader of standard output that stops stalls the server", async () => {
  let written = 0;
  await using server = await serve(
    { port: 0 },
    handle(async (conn) => {
      const part = binary(64 * 1024);
      while (written < 64 << 20) written += await conn.write(part);
    }),
  );
  await using program = startH2conn(["connect", server.url], { input: "" });
  program.pauseOutput();
  await pause();
  // The largest window, and what is in pipes and sockets.
  const stalled = written;
  assert.ok(stalled < 16 << 20, `${stalled} bytes were written`);
  program.resumeOutput();
  const { stdout, code } = await program.ended;
  assert.equal(code, 0);
  assert.equal(stdout.length, 64 << 20);
});

/** For what must not happen, there is nothing to wait for. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1000));
}

test("ctrl-C resets the Conn and is exit code 130", async () => {
  const seen = Promise.withResolvers<unknown>();
  await using server = await serve(
    { port: 0 },
    handle((conn) => {
      conn.closed.then(() => seen.resolve("closed"), seen.resolve);
      return echo(conn);
    }),
  );
  await using program = startH2conn(["connect", server.url]);
  program.write("hello");
  await program.said(/hello/);
  program.signal("SIGINT");
  const { code, stderr } = await program.ended;
  assert.equal(stderr, "");
  assert.equal(code, 130);
  assert.equal(String(await seen.promise).includes("CANCEL"), true);
});
