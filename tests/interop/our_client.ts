/**
 * The library as a client for the interop checks, on any runtime:
 *
 *     our_client.ts <url> <ca.pem or -> [a `Choice` of checks, as JSON]
 *
 * It runs its checks against the paths that `our_server.ts` lists and prints
 * one line of JSON, a `ClientReport`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import process from "node:process";
import {
  Client,
  type Conn,
  type ConnectOptions,
  type ErrorCode,
  type Push,
  ResetError,
  StatusError,
} from "../../mod.ts";
import { Crc32, pattern } from "./bytes.ts";
import { Report } from "./report.ts";

const [url, ca, choice = "{}"] = process.argv.slice(2);
const tls = ca === "-" ? {} : { ca: readFileSync(ca, "utf8") };
const client = new Client({ tls });
const report = new Report(JSON.parse(choice));
const encoder = new TextEncoder();
const decoder = new TextDecoder();

function open(path: string, options: ConnectOptions = {}): Conn {
  return client.connect(url + path, options);
}

async function readAll(conn: Conn): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of conn) {
    chunks.push(chunk);
    length += chunk.length;
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

async function readText(conn: Conn): Promise<string> {
  return decoder.decode(await readAll(conn));
}

async function readExactly(conn: Conn, length: number): Promise<string> {
  const bytes = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const read = await conn.read(bytes.subarray(at));
    assert.notEqual(read, null, "EOF came too early");
    at += read!;
  }
  return decoder.decode(bytes);
}

async function get(path: string): Promise<string> {
  const conn = open(path, { method: "GET" });
  await conn.closeWrite();
  return await readText(conn);
}

/** How the server saw a stream end, once it has. */
async function seenAs(id: string): Promise<string> {
  for (let tries = 0; tries < 50; tries++) {
    const end = await get(`/seen?id=${id}`);
    if (end !== "open") return end;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return "open";
}

/** Says something and waits for the answer, again and again. */
async function talk(conn: Conn, name: string, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const line = `hello ${round} of ${name}\n`;
    await conn.write(encoder.encode(line));
    assert.equal(await readExactly(conn, line.length), line.toUpperCase());
  }
}

async function echo(conn: Conn, sent: Uint8Array): Promise<void> {
  const [received] = await Promise.all([
    readAll(conn),
    conn.write(sent).then(() => conn.closeWrite()),
  ]);
  assert.equal(received.length, sent.length);
  assert.ok(received.every((byte, index) => byte === sent[index]), "not equal");
  await conn.closed;
}

await report.check("GET", async () => {
  assert.equal(await get("/"), "Hello\n");
});

await report.check("the server pushes", async () => {
  const pushed = Promise.withResolvers<Push>();
  const conn = open("/push", { method: "GET", onPush: pushed.resolve });
  await conn.closeWrite();
  assert.equal(await readText(conn), "Hello\n");
  const { request, response } = await pushed.promise;
  assert.equal(new URL(request.url).pathname, "/2nd");
  assert.equal(await (await response).text(), "Hello Again!\n");
});

await report.check("103", async () => {
  const links: (string | null)[] = [];
  const conn = open("/hints", {
    method: "GET",
    onInformational: ({ headers }) => void links.push(headers.get("link")),
  });
  await conn.closeWrite();
  assert.equal(await readText(conn), "Hello\n");
  assert.deepEqual(links, ["</2nd>; rel=preload"]);
});

await report.check("404", async () => {
  const conn = open("/none", { method: "GET" });
  await conn.closeWrite().catch(() => {});
  await assert.rejects(
    conn.opened,
    (error) => error instanceof StatusError && error.status === 404,
  );
});

await report.check("interleaved, then the client ends first", async () => {
  const conn = open("/ECHO", { method: "PUT" });
  assert.equal((await conn.opened).status, 200);
  await talk(conn, "one", 100);
  await conn.write(encoder.encode("last"));
  await conn.closeWrite();
  assert.equal(await readText(conn), "LAST");
  await conn.closed;
});

await report.check("the server ends first", async () => {
  const conn = open("/first?id=first");
  assert.equal(await readText(conn), "bye");
  const rest = pattern(200_000);
  await conn.write(rest.subarray(0, 100_000));
  await conn.write(rest.subarray(100_000));
  await conn.closeWrite();
  await conn.closed;
  const crc = new Crc32();
  crc.add(rest);
  assert.equal(await seenAs("first"), `bytes=200000, CRC32=${crc}`);
});

await report.check("trailers both ways", async () => {
  const conn = open("/echo", { headers: { trailer: "x-client" } });
  await conn.write(encoder.encode("12345"));
  await conn.closeWrite({ "x-client": "tail" });
  assert.equal(await readText(conn), "12345");
  const trailers = await conn.trailers;
  assert.equal(trailers.get("x-bytes"), "5");
  assert.equal(trailers.get("x-client-echo"), "tail");
});

for (
  const code of [
    "NO_ERROR",
    "CANCEL",
    "INTERNAL_ERROR",
    "ENHANCE_YOUR_CALM",
  ] as const
) {
  await report.check(`the server resets with ${code}`, async () => {
    const conn = open(`/reset?code=${code}`);
    await conn.write(encoder.encode("go"));
    // A stack may end its side before it resets: then that EOF is real.
    const read = conn.read(new Uint8Array(10)).catch((error) => error);
    await assert.rejects(conn.closed, (error) => isReset(error, code, true));
    const got = await read;
    assert.ok(got === null || isReset(got, code, true), String(got));
    return got === null ? "END_STREAM, then RST_STREAM" : "RST_STREAM";
  });
}

for (const code of ["CANCEL", "ENHANCE_YOUR_CALM"] as const) {
  await report.check(`the client resets with ${code}`, async () => {
    const id = `reset-${code}`;
    const conn = open(`/sink?id=${id}`);
    await conn.write(encoder.encode("go"));
    await conn.opened;
    conn.abort({ code });
    assert.equal(await seenAs(id), `reset ${code}`);
  });
}

function isReset(error: unknown, code: ErrorCode, remote: boolean): boolean {
  return error instanceof ResetError && error.h2Code.name === code &&
    error.remote === remote;
}

await report.check("echo of 1 MiB", async () => {
  await echo(open("/echo"), pattern(1 << 20));
});

await report.check("echo of 20 MiB", async () => {
  await echo(open("/echo"), pattern(20 << 20));
}, 60);

await report.check("200 streams at once", async () => {
  const conns = Array.from(
    { length: 200 },
    () => open("/ECHO", { method: "PUT" }),
  );
  await Promise.all(conns.map(async (conn, index) => {
    await talk(conn, String(index), 5);
    await conn.closeWrite();
    assert.equal(await conn.read(new Uint8Array(1)), null);
  }));
  const ports = new Set(conns.map((conn) => conn.localAddr?.port));
  return `${ports.size} session${ports.size > 1 ? "s" : ""}`;
}, 30);

const pinging = new Client({
  tls,
  timeouts: { pingInterval: 50, pingTimeout: 500 },
});
await report.check("our PING is answered", async () => {
  // Were it not, the session would be cut after pingTimeout.
  const conn = pinging.connect(`${url}/ECHO`, { method: "PUT" });
  await talk(conn, "one", 1);
  await new Promise((resolve) => setTimeout(resolve, 1200));
  await talk(conn, "two", 1);
  await conn.closeWrite();
  assert.equal(await conn.read(new Uint8Array(1)), null);
});

await report.check("the server's PING is answered", async () => {
  const conn = open("/ping");
  await conn.write(encoder.encode("go"));
  assert.equal(await readText(conn), "pong");
  await conn.close();
});

await report.check("GOAWAY spares an open stream", async () => {
  const conn = open("/goaway");
  await conn.write(encoder.encode("before"));
  assert.equal(await readExactly(conn, 6), "before");
  await new Promise((resolve) => setTimeout(resolve, 100));
  await conn.write(encoder.encode("after"));
  await conn.closeWrite();
  assert.equal(await readText(conn), "after");
  await conn.closed;
});

await report.check("another session after GOAWAY", async () => {
  assert.equal(await get("/"), "Hello\n");
});

// Last of all, since it sends GOAWAY, and that can crash Deno's node:http2.
await Promise.all([client.close(), pinging.close()]);
report.finish();
