/**
 * The library as a client behind whose server a proxy stands, on any runtime:
 *
 *     proxied_client.ts <url of the proxy> <ca.pem> full|quiet
 *
 * It finds out what the proxy lets through of what `our_server.ts` does, and
 * prints one line of JSON, a `ClientReport` with what it saw as the details.
 * `quiet` is the part for a proxy that gives silent streams a few seconds.
 *
 * @module
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import {
  Client,
  type Conn,
  type ConnectOptions,
  GoawayError,
  ResetError,
} from "../../mod.ts";
import { Crc32, pattern } from "./bytes.ts";
import { Report } from "./report.ts";

const [url, ca, part] = process.argv.slice(2);
const tls = { ca: readFileSync(ca, "utf8") };
/** As it is unless asked otherwise. */
const client = new Client({ tls });
/** Often enough to be heard by a proxy that minds PING. */
const pinging = new Client({ tls, timeouts: { pingInterval: 500 } });
const report = new Report();
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What of a silent proxy is taken for silence, in milliseconds. */
const PATIENCE = 2000;

/** More than any buffer on the way should hold. */
const MUCH = 128 << 20;

function open(path: string, options: ConnectOptions = {}): Conn {
  return client.connect(url + path, options);
}

function openEcho(by: Client = client): Conn {
  return by.connect(`${url}/ECHO`, { method: "PUT" });
}

async function readText(conn: Conn): Promise<string> {
  let text = "";
  for await (const chunk of conn) text += decoder.decode(chunk);
  return text;
}

/** Says something and waits for the answer, again and again. */
async function talk(conn: Conn, rounds: number): Promise<void> {
  const answer = new Uint8Array(100);
  for (let round = 0; round < rounds; round++) {
    const line = `hello ${round}\n`;
    await conn.write(encoder.encode(line));
    let text = "";
    while (text.length < line.length) {
      const length = await conn.read(answer);
      assert.notEqual(length, null, "EOF came too early");
      text += decoder.decode(answer.subarray(0, length!));
    }
    assert.equal(text, line.toUpperCase());
  }
}

async function finish(conn: Conn): Promise<void> {
  await conn.closeWrite();
  assert.equal(await conn.read(new Uint8Array(1)), null);
  await conn.closed;
}

/** How the server saw a stream end, once it has. */
async function seenAs(id: string): Promise<string> {
  for (let tries = 0; tries < 40; tries++) {
    const conn = open(`/seen?id=${id}`, { method: "GET" });
    await conn.closeWrite();
    const end = await readText(conn);
    if (end !== "open") return end;
    await delay(50);
  }
  return "open";
}

/** How a Conn is cut, for its reader and as a whole. */
async function cutOf(conn: Conn): Promise<string> {
  const whole = conn.closed.then(() => "a clean end", codeOf);
  const p = new Uint8Array(1024);
  try {
    while (await conn.read(p) !== null);
  } catch (error) {
    return codeOf(error);
  }
  return `EOF, then ${await whole}`;
}

function codeOf(error: unknown): string {
  return error instanceof ResetError ? error.h2Code.name : String(error);
}

/** Whether the promise resolves before the proxy counts as silent. */
function isSoon(promise: Promise<unknown>): Promise<boolean> {
  return Promise.race([
    promise.then(() => true),
    delay(PATIENCE, false, { ref: false }),
  ]);
}

async function checkFull(): Promise<void> {
  for (const [by, whose] of [[client, ""], [pinging, " with PING"]] as const) {
    await report.check(`response headers${whose}`, async () => {
      const conn = openEcho(by);
      const early = await isSoon(conn.opened);
      await conn.write(encoder.encode("a"));
      const late = await isSoon(conn.opened);
      conn.abort();
      return early ? "at once" : late ? "with the first byte back" : "later";
    });
  }

  await report.check("talk in 100 turns, the client ends first", async () => {
    const conn = openEcho();
    await talk(conn, 100);
    await finish(conn);
    return "yes";
  });

  await report.check("the server ends first", async () => {
    const conn = open("/first?id=first");
    // Where headers wait for a byte, so does the server's end.
    const rest = pattern(200_000);
    await conn.write(rest.subarray(0, 1));
    assert.equal(await readText(conn), "bye");
    try {
      await conn.write(rest.subarray(1));
      await conn.closeWrite();
      await conn.closed;
    } catch (error) {
      return `cuts the client with ${codeOf(error)}`;
    }
    const crc = new Crc32();
    crc.add(rest);
    assert.equal(await seenAs("first"), `bytes=200000, CRC32=${crc}`);
    return "lets the client go on";
  });

  for (const whose of ["server", "client"] as const) {
    await report.check(`the ${whose}'s trailers`, async () => {
      const conn = open("/echo", { headers: { te: "trailers" } });
      await conn.write(encoder.encode("12345"));
      await conn.closeWrite(
        whose === "client" ? { "x-client": "tail" } : undefined,
      );
      try {
        assert.equal(await readText(conn), "12345");
        const trailers = await conn.trailers;
        const arrived = whose === "client"
          ? trailers.get("x-client-echo") === "tail"
          : trailers.get("x-bytes") === "5";
        return arrived ? "arrive" : "are dropped";
      } catch (error) {
        if (!(error instanceof GoawayError)) throw error;
        return `end the session with ${error.h2Code.name}`;
      }
    });
  }

  for (const code of ["CANCEL", "ENHANCE_YOUR_CALM"] as const) {
    await report.check(`the server resets with ${code}`, async () => {
      const conn = open(`/reset?code=${code}`);
      await conn.write(encoder.encode("go"));
      return await cutOf(conn);
    });
    await report.check(`the client resets with ${code}`, async () => {
      const id = `reset-${code}`;
      // Where headers wait for more to be sent, the answer to a PING is that.
      const conn = pinging.connect(`${url}/sink?id=${id}`);
      await conn.write(encoder.encode("go"));
      await conn.opened;
      conn.abort({ code });
      const seen = await seenAs(id);
      return seen.startsWith("ConnectError")
        ? "a lost connection"
        : seen.replace(/^reset /, "");
    });
  }

  await report.check("a reset after the client's end", async () => {
    const conn = open("/reset?code=CANCEL");
    await conn.write(encoder.encode("go"));
    await conn.closeWrite();
    return await cutOf(conn);
  });

  await report.check("20 MiB there and back", async () => {
    const sent = pattern(20 << 20);
    const crc = new Crc32();
    crc.add(sent);
    const conn = open("/echo");
    const [received] = await Promise.all([
      (async () => {
        const sum = new Crc32();
        for await (const chunk of conn) sum.add(chunk);
        return String(sum);
      })(),
      conn.write(sent).then(() => conn.closeWrite()),
    ]);
    assert.equal(received, String(crc));
    return "unharmed";
  }, 60);

  await report.check("200 streams at once", async () => {
    const conns = Array.from({ length: 200 }, () => openEcho());
    await Promise.all(conns.map(async (conn) => {
      await talk(conn, 5);
      await finish(conn);
    }));
    const ports = new Set(conns.map((conn) => conn.localAddr?.port));
    return `on ${ports.size} session${ports.size > 1 ? "s" : ""}`;
  }, 30);

  await report.check("who does not read", async () => {
    const conn = open("/echo");
    let sent = 0;
    while (sent < MUCH) {
      conn.setWriteDeadline(Date.now() + PATIENCE);
      try {
        sent += await conn.write(new Uint8Array(1 << 20));
      } catch {
        break;
      }
    }
    conn.abort();
    return sent < MUCH ? "stalls the writer" : "fills the proxy";
  }, 60);
}

async function checkQuiet(): Promise<void> {
  await report.check("a quiet stream, with PING", async () => {
    const conn = openEcho(pinging);
    await talk(conn, 1);
    const start = performance.now();
    const end = await Promise.race([cutOf(conn), delay(8000, "stays")]);
    conn.abort();
    if (end === "stays") return end;
    const seconds = Math.round((performance.now() - start) / 1000);
    return `${end} after ${seconds} s`;
  }, 20);

  await report.check("a stream with a byte now and then", async () => {
    const conn = openEcho();
    for (let second = 0; second < 6; second++) {
      await talk(conn, 1);
      await delay(1000);
    }
    await finish(conn);
    return "stays";
  }, 20);
}

await (part === "quiet" ? checkQuiet() : checkFull());
await Promise.all([client, pinging].map((each) => each.close({ graceMs: 0 })));
report.finish();
