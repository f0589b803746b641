/**
 * `node:http2` as a client for the interop checks, on any runtime:
 *
 *     n2_client.ts <url> <ca.pem or -> [a `Choice` of checks, as JSON]
 *
 * It runs its checks against the paths that `our_server.ts` lists and prints
 * one line of JSON, a `ClientReport`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import http2 from "node:http2";
import process from "node:process";
import { Crc32, pattern } from "./bytes.ts";
import { codeNumber } from "./codes.ts";
import { Report } from "./report.ts";

const [url, ca, choice = "{}"] = process.argv.slice(2);
const report = new Report(JSON.parse(choice));

/** Bun's opens streams before SETTINGS are here, so that they are refused. */
function openSession(): Promise<http2.ClientHttp2Session> {
  const session = http2.connect(
    url,
    ca === "-" ? {} : { ca: readFileSync(ca, "utf8") },
  );
  return new Promise((resolve, reject) => {
    session.on("error", reject);
    session.once("remoteSettings", () => resolve(session));
  });
}

/** A request with all its listeners on from the start, as Deno needs it. */
class Exchange {
  readonly stream: http2.ClientHttp2Stream;
  readonly status: Promise<number>;
  /** Settles once the stream is closed, with its code. */
  readonly closed: Promise<number>;
  readonly trailers: Promise<http2.IncomingHttpHeaders>;
  readonly #chunks: Buffer[] = [];
  #hasEnded = false;
  #isClosed = false;
  #wake: () => void = () => {};

  constructor(
    session: http2.ClientHttp2Session,
    path: string,
    options: { method?: string; trailer?: string; waits?: boolean } = {},
  ) {
    const { method = "POST", trailer, waits } = options;
    this.stream = session.request(
      { ":method": method, ":path": path },
      { endStream: method === "GET", waitForTrailers: waits || !!trailer },
    );
    const { stream } = this;
    this.status = new Promise((resolve) => {
      stream.on("response", (headers) => resolve(Number(headers[":status"])));
    });
    this.trailers = new Promise((resolve) => stream.on("trailers", resolve));
    this.closed = new Promise((resolve) => {
      stream.on("close", () => {
        this.#isClosed = true;
        this.#wake();
        resolve(stream.rstCode ?? 0);
      });
    });
    stream.on("error", () => {});
    stream.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#wake();
    });
    stream.on("end", () => {
      this.#hasEnded = true;
      this.#wake();
    });
    if (trailer !== undefined) {
      stream.on("wantTrailers", () => {
        stream.sendTrailers({ "x-client": trailer });
      });
    }
  }

  write(bytes: Uint8Array | string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.stream.write(bytes, (error) => error ? reject(error) : resolve());
    });
  }

  /** The next `length` bytes, or all up to the end. */
  async read(length = Infinity): Promise<Buffer> {
    let available = 0;
    let at = 0;
    while (true) {
      for (; at < this.#chunks.length; at++) {
        available += this.#chunks[at].length;
      }
      if (available >= length) break;
      if (this.#hasEnded || this.#isClosed) {
        assert.equal(length, Infinity, "the end came too early");
        break;
      }
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const all = Buffer.concat(this.#chunks.splice(0));
    if (all.length > length) this.#chunks.push(all.subarray(length));
    return all.subarray(0, length);
  }

  async readText(length = Infinity): Promise<string> {
    return (await this.read(length)).toString();
  }
}

const session = await openSession();

function open(
  path: string,
  options?: { method?: string; trailer?: string; waits?: boolean },
): Exchange {
  return new Exchange(session, path, options);
}

function get(path: string): Promise<string> {
  return open(path, { method: "GET" }).readText();
}

async function seenAs(id: string): Promise<string> {
  for (let tries = 0; tries < 50; tries++) {
    const end = await get(`/seen?id=${id}`);
    if (end !== "open") return end;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return "open";
}

async function talk(exchange: Exchange, name: string, rounds: number) {
  for (let round = 0; round < rounds; round++) {
    const line = `hello ${round} of ${name}\n`;
    await exchange.write(line);
    assert.equal(await exchange.readText(line.length), line.toUpperCase());
  }
}

async function echo(exchange: Exchange, sent: Uint8Array): Promise<void> {
  async function send() {
    // One large write would be over n2's maxSessionMemory.
    for (let at = 0; at < sent.length; at += 65_536) {
      await exchange.write(sent.subarray(at, at + 65_536));
    }
    exchange.stream.end();
  }
  const [received] = await Promise.all([exchange.read(), send()]);
  assert.equal(received.length, sent.length);
  assert.ok(received.equals(sent), "not equal");
}

await report.check("GET", async () => {
  assert.equal(await get("/"), "Hello\n");
});

await report.check("404", async () => {
  const exchange = open("/none", { method: "GET" });
  assert.equal(await exchange.status, 404);
});

await report.check("interleaved, then the client ends first", async () => {
  const exchange = open("/ECHO", { method: "PUT" });
  assert.equal(await exchange.status, 200);
  await talk(exchange, "one", 100);
  exchange.stream.end("last");
  assert.equal(await exchange.readText(), "LAST");
  assert.equal(await exchange.closed, 0);
});

await report.check("the server ends first", async () => {
  const exchange = open("/first?id=first");
  assert.equal(await exchange.readText(), "bye");
  const rest = pattern(200_000);
  await exchange.write(rest.subarray(0, 100_000));
  exchange.stream.end(rest.subarray(100_000));
  const crc = new Crc32();
  crc.add(rest);
  assert.equal(await seenAs("first"), `bytes=200000, CRC32=${crc}`);
});

await report.check("trailers both ways", async () => {
  const exchange = open("/echo", { trailer: "tail" });
  exchange.stream.end("12345");
  assert.equal(await exchange.readText(), "12345");
  const trailers = await exchange.trailers;
  assert.equal(trailers["x-bytes"], "5");
  assert.equal(trailers["x-client-echo"], "tail");
});

for (const code of ["CANCEL", "INTERNAL_ERROR", "ENHANCE_YOUR_CALM"]) {
  await report.check(`the server resets with ${code}`, async () => {
    const exchange = open(`/reset?code=${code}`);
    await exchange.write("go");
    assert.equal(await exchange.closed, codeNumber(code));
  });
}

for (const code of ["CANCEL", "ENHANCE_YOUR_CALM"]) {
  // Bun 1.4 sends END_STREAM before RST_STREAM whatever it is asked to do.
  if (process.versions.bun === undefined) {
    await report.check(`the client resets with ${code}`, async () => {
      // So do the others, unless the stream waits for trailers.
      const exchange = open(`/sink?id=bare-${code}`, { waits: true });
      await exchange.write("go");
      await exchange.status;
      exchange.stream.close(codeNumber(code));
      assert.equal(await seenAs(`bare-${code}`), `reset ${code}`);
    });
  }
  await report.check(`the client ends, then resets with ${code}`, async () => {
    const exchange = open(`/sink?id=ended-${code}`);
    await exchange.write("go");
    await exchange.status;
    exchange.stream.close(codeNumber(code));
    const crc = new Crc32();
    crc.add(Buffer.from("go"));
    // The end is real; the reset may come when the server's is on its way.
    const end = await seenAs(`ended-${code}`);
    assert.match(end, new RegExp(`^(reset ${code}|bytes=2, CRC32=${crc})$`));
    return end;
  });
}

await report.check("echo of 1 MiB", async () => {
  await echo(open("/echo"), pattern(1 << 20));
});

await report.check("echo of 20 MiB", async () => {
  await echo(open("/echo"), pattern(20 << 20));
}, 60);

await report.check("200 streams at once", async () => {
  const exchanges = Array.from(
    { length: 200 },
    () => open("/ECHO", { method: "PUT" }),
  );
  await Promise.all(exchanges.map(async (exchange, index) => {
    await talk(exchange, String(index), 5);
    exchange.stream.end();
    assert.equal(await exchange.readText(), "");
  }));
}, 30);

await report.check("the client's PING is answered", () => {
  return new Promise((resolve, reject) => {
    session.ping(Buffer.from("12345678"), (error, _ms, payload) => {
      if (error !== null) return reject(error);
      if (String(payload) === "12345678") resolve();
      else reject(new Error(`the payload came back as "${payload}"`));
    });
  });
});

await report.check("GOAWAY spares an open stream", async () => {
  const other = await openSession();
  const exchange = new Exchange(other, "/ECHO", { method: "PUT" });
  await talk(exchange, "one", 1);
  const closed = new Promise<void>((resolve) => other.once("close", resolve));
  other.close();
  await new Promise((resolve) => setTimeout(resolve, 100));
  await talk(exchange, "two", 1);
  exchange.stream.end();
  assert.equal(await exchange.readText(), "");
  await closed;
});

session.close();
report.finish();
