import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, type Conn } from "../../mod.ts";
import { readExactly, text, within } from "../support/pair.ts";
import { type Site, withSite } from "./site.ts";

/** Opens a response that does not end. */
async function open(client: Client, url: string): Promise<Conn> {
  const conn = client.connect(url, { method: "GET" });
  await conn.closeWrite();
  const { status } = await within(conn.opened, "headers");
  assert.equal(status, 200);
  return conn;
}

async function readLine(conn: Conn): Promise<string> {
  let line = "";
  while (!line.endsWith("\n")) line += text(await readExactly(conn, 1));
  return line.trimEnd();
}

/** Asks for the live streams until they are as wanted. */
async function streamsBecome(
  { ask }: Site,
  isSo: (report: string) => boolean,
): Promise<void> {
  const end = performance.now() + 5000;
  for (;;) {
    const { text } = await ask("/goroutines");
    if (isSo(text)) return;
    if (performance.now() > end) throw new Error(`It stays so:\n${text}`);
  }
}

test("/clockstream begins with 1 KB, and tells the time each second", async () => {
  await withSite(async ({ server, ca }) => {
    await using client = new Client({ tls: { ca } });
    const conn = await open(client, `${server.url}/clockstream`);
    const times: number[] = [];
    let filler = 0;
    while (times.length < 3) {
      const line = await within(readLine(conn), "line");
      if (line.startsWith("#")) filler += line.length + 1;
      else times.push(Date.parse(line));
    }
    assert.ok(filler > 1000 && filler < 1200, `${filler} bytes`);
    const took = times[2] - times[0];
    assert.ok(took > 1800 && took < 4000, `${took} ms`);
    conn.abort();
  });
});

test("the clock stops when its reader leaves, however it leaves", async () => {
  await withSite(async (site) => {
    const { server, ca } = site;
    const client = new Client({ tls: { ca } });
    const reset = await open(client, `${server.url}/clockstream`);
    const lost = await open(client, `${server.url}/clockstream`);
    await streamsBecome(site, (report) => count(report) === 2);
    reset.abort();
    await streamsBecome(site, (report) => count(report) === 1);
    await client.close({ graceMs: 0 });
    await assert.rejects(lost.closed);
    await streamsBecome(site, (report) => count(report) === 0);
  });

  function count(report: string): number {
    return report.match(/GET \/clockstream/g)?.length ?? 0;
  }
});

test("/goroutines lists sessions and streams, and tells no address", async () => {
  await withSite(async (site) => {
    const { server, ca, ask, askHttp1 } = site;
    await using client = new Client({ tls: { ca } });
    const conn = await open(client, `${server.url}/clockstream?secret=1`);
    const { text } = await ask("/goroutines");
    assert.match(
      text,
      /^Up \d+\.\d s\. Sessions: 2\. Open streams: 2\. Streams so far: \d+\.$/m,
    );
    assert.match(
      text,
      /^a session, h2, .*\n +\d+\.\d s {2}GET \/clockstream$/m,
    );
    assert.match(
      text,
      /^your session, h2, .*\n +\d+\.\d s {2}GET \/goroutines$/m,
    );
    assert.doesNotMatch(text, /secret|127\.0\.0\.1/);
    const old = await askHttp1("/goroutines");
    assert.match(old.text, /^your session, http\/1\.1, /m);
    conn.abort();
  });
});

test("/goroutines.json counts on, with the peak between two counts", async () => {
  await withSite(async ({ server, ca, ask }) => {
    await using client = new Client({ tls: { ca } });
    const conn = await open(client, `${server.url}/goroutines.json`);
    const next = async () => JSON.parse(await within(readLine(conn), "count"));
    assert.deepEqual(await next(), {
      sessions: 1,
      streams: 1,
      peak: 1,
      total: 1,
    });
    await Promise.all(
      Array.from({ length: 20 }, () => ask("/gophertiles?x=0&y=0&latency=30")),
    );
    let peak = 0;
    let last;
    for (let reads = 0; reads < 4 && peak < 21; reads++) {
      last = await next();
      peak = Math.max(peak, last.peak);
    }
    assert.equal(peak, 21);
    assert.equal(last.total, 21);
    conn.abort();
  });
});

test("shutdown ends the streams instead of waiting for them", async () => {
  await withSite(async ({ server, ca }) => {
    await using client = new Client({ tls: { ca } });
    const conns = await Promise.all(
      ["clockstream", "goroutines.json"].map((path) =>
        open(client, `${server.url}/${path}`)
      ),
    );
    const start = performance.now();
    const done = server.shutdown(20_000);
    for (const conn of conns) {
      // EOF, not an error: all was sent.
      for await (const _ of conn);
    }
    await client.close();
    await within(done, "shutdown");
    assert.ok(performance.now() - start < 5000);
  });
});
