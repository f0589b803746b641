import assert from "node:assert/strict";
import { test } from "node:test";
import { handle, serve } from "../../mod.ts";
import { openHall } from "./guest.ts";
import { startExample, startServer } from "../support/example.ts";
import { type Program, RUNTIME } from "../support/program.ts";

const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;

function client(url: string, ...args: string[]): Program {
  return startExample("chat_client", [...args, url]);
}

test("a script says lines, hears lines, and leaves at the end", async () => {
  await using hall = await openHall();
  const bob = await hall.guest("bob");
  await using script = client(hall.server.url, "--name", "script");
  script.write("one\n\ntwo");
  script.endInput();
  assert.equal((await script.ended).code, 0, script.stderr);
  assert.equal(script.stderr, "");
  const lines = script.stdout.replace(new RegExp(`^${TIME} `, "gm"), "");
  assert.equal(
    lines,
    "<System> script logged in\n<script> one\n<script> two\n" +
      "<System> script logged out\n",
  );
  assert.deepEqual(await bob.hear(5), [
    "System: bob logged in",
    "System: script logged in",
    "script: one",
    "script: two",
    "System: script logged out",
  ]);
});

test("a script can have posts as JSON", async () => {
  await using hall = await openHall();
  await using script = client(hall.server.url, "--name", "script", "--json");
  script.write("one\n");
  script.endInput();
  assert.equal((await script.ended).code, 0, script.stderr);
  const posts = script.stdout.trim().split("\n").map((line) =>
    JSON.parse(line)
  );
  assert.deepEqual(Object.keys(posts[1]), ["User", "Message", "Time"]);
  assert.equal(posts[1].Message, "one");
});

test("what a server sends cannot steer the terminal", async () => {
  await using hall = await openHall();
  await using script = client(hall.server.url, "--name", "script");
  await script.said(/script logged in/);
  // Past the server's own care.
  await hall.fanOut.publish({
    User: "eve\x1b[2J",
    Message: "\x1b]0;title\x07a\r\nb\x9b31m",
    Time: "2026-01-01T00:00:00.123456789+02:00",
  });
  script.endInput();
  assert.equal((await script.ended).code, 0, script.stderr);
  assert.match(
    script.stdout,
    /^2026-01-01T00:00:00\.123456789\+02:00 <eve\[2J> \]0;titlea b31m$/m,
  );
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`a client that gets ${signal} logs out, and ends well`, async () => {
    await using hall = await openHall();
    const bob = await hall.guest("bob");
    await using script = client(hall.server.url, "--name", "script");
    await script.said(/script logged in/);
    script.signal(signal);
    assert.equal((await script.ended).code, 0, script.stderr);
    await bob.hearUntil("System: script logged out");
  });
}

test("a script that listens does not read its input", async () => {
  await using hall = await openHall();
  const bob = await hall.guest("bob");
  const args = ["--name", "script", "--listen"];
  await using script = client(hall.server.url, ...args);
  script.endInput();
  await script.said(/script logged in/);
  await bob.say("one");
  await script.said(/<bob> one/);
  script.signal("SIGINT");
  assert.equal((await script.ended).code, 0, script.stderr);
});

test("a reader that has heard enough ends the client", async () => {
  await using hall = await openHall();
  const bob = await hall.guest("bob");
  await using script = client(hall.server.url, "--name", "script");
  await script.said(/script logged in/);
  script.closeOutput();
  // A few may still fit into the pipe before it is closed.
  const heard: string[] = [];
  for (let count = 0; !heard.includes("System: script logged out"); count++) {
    await bob.say(`post ${count}`);
    heard.push(...await bob.hearUntil(`bob: post ${count}`));
    assert.ok(count < 1000, "The client goes on");
  }
  assert.equal((await script.ended).code, 0, script.stderr);
});

test("a script whose input is no file leaves", async () => {
  await using hall = await openHall();
  const args = ["--name", "script", hall.server.url];
  await using script = startExample("chat_client", args, {
    runtime: ["sh", "-c", 'exec "$0" "$@" < /', ...RUNTIME],
  });
  const { code, stderr } = await script.ended;
  // Bun fails to read a folder; elsewhere it is empty.
  if (code !== 5) assert.equal(code, 0);
  else assert.match(stderr, /^h2conn: Cannot read standard input: .*\n$/);
});

test("a client that cannot come in says why, and fails", async () => {
  await using hall = await openHall();
  await hall.guest("ann");
  await using taken = client(hall.server.url, "--name", "ann");
  assert.equal((await taken.ended).code, 3);
  assert.equal(taken.stderr, "h2conn: user already exists\n");
  await using nobody = client("http://127.0.0.1:9", "--name", "ann");
  assert.equal((await nobody.ended).code, 1);
  assert.match(nobody.stderr, /^h2conn: .*127\.0\.0\.1:9.*\n$/);
  await using echo = await serve(
    { port: 0 },
    handle((conn) => conn.readable.pipeTo(conn.writable)),
  );
  await using stranger = client(echo.url, "--name", "ann");
  assert.equal((await stranger.ended).code, 3);
  assert.match(stranger.stderr, /did not answer as a chat does\n$/);
  await using usage = startExample("chat_client", []);
  assert.equal((await usage.ended).code, 2);
  assert.match(usage.stderr, /^h2conn: URL is missing; see /);
});

test("a server that others reach warns, one of this machine does not", async () => {
  for (const [host, warning] of HOSTS) {
    const args = ["--port=0", "--host", host];
    const { program: server } = await startServer("chat_server", args);
    await using _ = server;
    server.signal("SIGINT");
    assert.equal((await server.ended).code, 0, server.stderr);
    assert.equal(server.stderr, warning);
  }
});

const HOSTS = [
  [
    "0.0.0.0",
    "h2conn: Warning: everybody who reaches 0.0.0.0 may connect; nobody is " +
    "asked who they are\n",
  ],
  ["127.0.0.1", ""],
];

test("a client comes back when its server does, and says so", async () => {
  const { program: before, url } = await startServer("chat_server", [
    "--port=0",
  ]);
  await using script = client(url, "--name", "script");
  try {
    await script.said(/script logged in/);
    before.signal("SIGINT");
    assert.equal((await before.ended).code, 0, before.stderr);
    await script.said(/; trying again/);
    script.write("said meanwhile\n");
  } finally {
    await before[Symbol.asyncDispose]();
  }
  const port = new URL(url).port;
  const { program: after } = await startServer("chat_server", [
    `--port=${port}`,
  ]);
  try {
    await script.said(/Back in the room as "script"/);
    await script.said(/<script> said meanwhile/);
    script.endInput();
    assert.equal((await script.ended).code, 0, script.stderr);
    after.signal("SIGTERM");
    assert.equal((await after.ended).code, 0, after.stderr);
    assert.equal(after.stderr, "script has come in\nscript has left\n");
  } finally {
    await after[Symbol.asyncDispose]();
  }
});

test("a server that is killed is found to be gone at once", async () => {
  const { program: server, url } = await startServer("chat_server", [
    "--port=0",
  ]);
  await using _ = server;
  await using script = client(url, "--name", "script", "--no-reconnect");
  await script.said(/script logged in/);
  server.signal("SIGKILL");
  assert.equal((await script.ended).code, 1);
  assert.match(script.stderr, /^h2conn: /);
});
