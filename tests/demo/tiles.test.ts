import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32, inflateSync } from "node:zlib";
import { crc32 as ours } from "../../src/demo/crc32.ts";
import { withSite } from "./site.ts";

test("the tile page has 180 tiles, and links to both HTTP versions", async () => {
  await withSite(async ({ server, ask, askHttp1 }) => {
    const { text } = await ask("/gophertiles?latency=200");
    const tiles = text.match(/<img src="\/gophertiles\?x=[^"]*latency=200"/g);
    assert.equal(tiles?.length, 180);
    for (const origin of [server.url, server.http1Url]) {
      assert.ok(text.includes(`href="${origin}/gophertiles?latency=1000"`));
    }
    assert.match(text, /180 tiles under HTTP\/2</);
    const old = await askHttp1("/gophertiles");
    assert.match(old.text, /180 tiles under HTTP\/1\.1</);
  });
});

test("a tile is a PNG picture of 32 by 32 pixels", async () => {
  await withSite(async ({ ask, askHttp1 }) => {
    const tile = await ask("/gophertiles?x=14&y=11&latency=0");
    assert.equal(tile.headers["content-type"], "image/png");
    assert.equal(tile.headers["cache-control"], "no-store");
    assert.equal(tile.headers["timing-allow-origin"], "*");
    const pixels = decodePng(tile.body);
    assert.equal(pixels.length, 32 * (1 + 32 * 3));
    const old = await askHttp1("/gophertiles?x=14&y=11");
    assert.deepEqual(old.body, tile.body);
    const other = await ask("/gophertiles?x=0&y=0");
    assert.notDeepEqual(other.body, tile.body);
  });
});

test("a tile takes as long as is asked for", async () => {
  await withSite(async ({ ask }) => {
    const start = performance.now();
    await Promise.all(
      Array.from(
        { length: 15 },
        (_, x) => ask(`/gophertiles?x=${x}&y=0&latency=200`),
      ),
    );
    const took = performance.now() - start;
    assert.ok(took >= 195, `${took} ms`);
    // Side by side, not one after the other.
    assert.ok(took < 2000, `${took} ms`);
  });
});

test("tiles and latencies that there are not get 400", async () => {
  await withSite(async ({ ask }) => {
    for (
      const query of [
        "latency=5000",
        "latency=-1",
        "latency=",
        "latency=1e3",
        "latency=0x1e",
        "x=15&y=0",
        "x=0&y=12",
        "x=-1&y=0",
        "x=a&y=0",
        "x=0.5&y=0",
        "x=&y=",
      ]
    ) {
      const { status, text } = await ask(`/gophertiles?${query}`);
      assert.equal(status, 400, query);
      assert.match(text, /^Parameter \w+ has to be one of 0, [\d, ]+\n$/);
    }
  });
});

test("CRC-32 is that of everybody, in one part or in many", () => {
  const bytes = new TextEncoder().encode("123456789");
  assert.equal(ours(bytes), 0xcbf43926);
  assert.equal(ours(bytes.subarray(4), ours(bytes.subarray(0, 4))), 0xcbf43926);
  assert.equal(ours(new Uint8Array(0)), 0);
});

/** Checks every chunk of a PNG file, and gives the rows of its picture. */
function decodePng(png: Uint8Array): Uint8Array {
  assert.equal(
    Buffer.from(png.subarray(0, 8)).toString("hex"),
    "89504e470d0a1a0a",
  );
  const view = new DataView(png.buffer, png.byteOffset, png.length);
  const chunks = new Map<string, Uint8Array>();
  for (let at = 8; at < png.length;) {
    const length = view.getUint32(at);
    const end = at + 8 + length;
    const type = new TextDecoder().decode(png.subarray(at + 4, at + 8));
    chunks.set(type, png.subarray(at + 8, end));
    assert.equal(view.getUint32(end), crc32(png.subarray(at + 4, end)));
    at = end + 4;
  }
  assert.deepEqual([...chunks.keys()], ["IHDR", "IDAT", "IEND"]);
  const header = Buffer.from(chunks.get("IHDR")!);
  assert.equal(header.readUInt32BE(0), 32);
  assert.equal(header.readUInt32BE(4), 32);
  return inflateSync(chunks.get("IDAT")!);
}
