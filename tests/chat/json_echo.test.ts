import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, ResetError } from "../../mod.ts";
import { jsonValues } from "../../src/codec/mod.ts";
import { within } from "../support/pair.ts";
import { startExample, startServer } from "../support/example.ts";
import { missing } from "./service.ts";
import { Terminal } from "./terminal.ts";

test("the echo's client sends lines, and prints the answers", async () => {
  const { program, url } = await startServer("json_echo_server", ["--port=0"]);
  await using server = program;
  await using client = startExample("json_echo_client", [url]);
  client.write('hello\nsay "hi" \\ ä\n');
  await client.said(/HI/);
  client.endInput();
  assert.equal((await client.ended).code, 0, client.stderr);
  assert.equal(
    client.stdout,
    "Echo session starts, press ctrl-C to terminate.\n" +
      'Send: Got response "HELLO"\n' +
      'Send: Got response "SAY \\"HI\\" \\\\ Ä"\n' +
      "Send: Exited\n",
  );
  server.signal("SIGTERM");
  assert.equal((await server.ended).code, 0, server.stderr);
});

test("the echo's client ends with an error when its server goes", async () => {
  const { program, url } = await startServer("json_echo_server", ["--port=0"]);
  await using server = program;
  await using client = startExample("json_echo_client", [url]);
  client.write("hello\n");
  await client.said(/HELLO/);
  server.signal("SIGKILL");
  assert.equal((await client.ended).code, 1);
  assert.match(client.stderr, /ConnectError/);
  await using nobody = startExample("json_echo_client", ["http://127.0.0.1:9"]);
  assert.equal((await nobody.ended).code, 1);
});

test("the echo's server resets who sends no strings, and serves others", async () => {
  const { program, url } = await startServer("json_echo_server", ["--port=0"]);
  await using _ = program;
  const client = new Client();
  try {
    const bad = jsonValues<unknown>(client.connect(url));
    await bad.send({ message: "hello" });
    await assert.rejects(within(bad.receive(), "reset"), ResetError);
    const good = jsonValues<unknown>(client.connect(url));
    await good.send("hello");
    assert.equal(await within(good.receive(), "answer"), "HELLO");
  } finally {
    await client.close({ graceMs: 0 });
  }
});

test(
  "the echo's client is a prompt in a terminal",
  { skip: missing("tmux") },
  async () => {
    const { program, url } = await startServer("json_echo_server", [
      "--port=0",
    ]);
    await using _ = program;
    const size = { columns: 60, rows: 10 };
    await using terminal = new Terminal("json_echo_client", [url], size);
    await terminal.until((screen) => screen.endsWith("Send:"));
    terminal.type("hello");
    terminal.press("Enter");
    await terminal.until((screen) => screen.endsWith('"HELLO"\nSend:'));
    terminal.press("C-c");
    await terminal.until((screen) => screen.endsWith("exit 0"));
  },
);
