import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  ClosedError,
  type Conn,
  handle,
  serve,
  TimeoutError,
} from "../../mod.ts";
import { jsonValues, lengthPrefixedMessages } from "../../src/codec/mod.ts";
import {
  openPair,
  readAll,
  readExactly,
  text,
  within,
} from "../support/pair.ts";

const PROGRAM = fileURLToPath(new URL("./idle_program.ts", import.meta.url));

const options = { heartbeatInterval: 20 };

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

test("JSON: an empty line goes out in each interval of silence", async () => {
  await using pair = await openPair();
  await using _near = jsonValues(pair.near, options);
  assert.equal(text(await within(readExactly(pair.far, 3), "beats")), "\n\n\n");
});

test("length-prefixed: four zeros go out", async () => {
  await using pair = await openPair();
  await using _near = lengthPrefixedMessages(pair.near, options);
  assert.deepEqual(
    await within(readExactly(pair.far, 8), "beats"),
    new Uint8Array(8),
  );
});

test("heartbeats are no messages, and both sides can send them", async () => {
  await using pair = await openPair();
  await using near = lengthPrefixedMessages(pair.near, options);
  await using far = lengthPrefixedMessages(pair.far, options);
  for (let turn = 1; turn <= 3; turn++) {
    await sleep(50);
    await near.send(new Uint8Array([turn]));
    assert.deepEqual(
      await within(far.receive(), "message"),
      new Uint8Array([turn]),
    );
  }
  await near.end();
  assert.equal(await within(far.receive(), "end"), undefined);
});

test("there are none while messages are sent, and none after the end", async () => {
  await using pair = await openPair();
  const near = jsonValues(pair.near, { heartbeatInterval: 1000 });
  const start = performance.now();
  while (performance.now() - start < 1500) {
    await near.send(1);
    await sleep(20);
  }
  await near.end();
  const sent = text(await within(readAll(pair.far), "EOF"));
  assert.equal(sent.includes("\n\n"), false);
});

test("they stop when the Conn ends in any way", async () => {
  await using pair = await openPair();
  // A timer that is left fails the test on Deno.
  const long = { heartbeatInterval: 60_000 };
  const ends: ((conn: Conn) => unknown)[] = [
    (conn) => conn.abort(),
    (conn) => conn.close(),
    (conn) => conn.closeWrite(),
    (conn) => jsonValues(conn, long).close(),
    (conn) => jsonValues(conn, long).end(),
  ];
  for (const end of ends) {
    const { near, far } = await pair.another();
    jsonValues(near, long);
    await end(near);
    await far.close();
    await within(near.closed, "end").catch(() => {});
  }
  const { near, far } = await pair.another();
  jsonValues(near, long);
  far.abort();
  await assert.rejects(within(near.closed, "reset"));
});

test("they stop at once when writing has ended", async () => {
  let writes = 0;
  const conn = {
    closed: new Promise(() => {}),
    read: () => new Promise(() => {}),
    write() {
      writes++;
      return Promise.reject(
        writes < 3
          ? new TimeoutError("Write deadline has passed")
          : new ClosedError("Cannot write after closeWrite()"),
      );
    },
  };
  jsonValues(conn as unknown as Conn, { heartbeatInterval: 5 });
  await sleep(100);
  assert.equal(writes, 3);
});

test("a peer that takes none gets no more of them", async () => {
  let writes = 0;
  const stalled = Promise.withResolvers<number>();
  const conn = {
    closed: new Promise(() => {}),
    read: () => new Promise(() => {}),
    write() {
      writes++;
      return stalled.promise;
    },
    close: () => Promise.resolve(),
  };
  const values = jsonValues(conn as unknown as Conn, { heartbeatInterval: 5 });
  await sleep(100);
  assert.equal(writes, 1);
  stalled.resolve(1);
  await sleep(100);
  assert.ok(writes > 1);
  await values.close();
});

test("they keep no program alive", async () => {
  await using server = await serve(
    { port: 0 },
    handle((conn) => conn.readable.pipeTo(conn.writable)),
  );
  const args = process.versions.deno
    ? ["run", "-A", "--no-check", PROGRAM]
    : [PROGRAM];
  const child = spawn(process.execPath, [...args, server.url], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => output += chunk);
  }
  const closed = new Promise<number | null>((resolve) =>
    child.on("close", resolve)
  );
  try {
    assert.equal(await within(closed, `end: ${output}`, 9000), 0, output);
    assert.match(output, /done/);
  } finally {
    child.kill("SIGKILL");
    await closed;
  }
});
