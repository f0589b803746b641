import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, withSite } from "./site.ts";

const PATH = "/file/1MiB.bin";
const SIZE = 2 ** 20;

test("/file/ lists the files", async () => {
  await withSite(async ({ ask }) => {
    const { text } = await ask("/file/");
    assert.equal(text, "1MiB.bin\n16MiB.bin\n256MiB.bin\n");
  });
});

test("a file comes whole, the same every time", async () => {
  await withSite(async ({ ask, askHttp1 }) => {
    const whole = await ask(PATH);
    assert.equal(whole.status, 200);
    assert.equal(whole.headers["content-length"], String(SIZE));
    assert.equal(whole.headers["accept-ranges"], "bytes");
    assert.equal(whole.body.length, SIZE);
    // Not the same block again and again.
    assert.notDeepEqual(
      whole.body.subarray(0, 65_536),
      whole.body.subarray(65_536, 131_072),
    );
    assert.deepEqual((await askHttp1(PATH)).body, whole.body);
    const head = await ask(PATH, { method: "HEAD" });
    assert.equal(head.headers["content-length"], String(SIZE));
    assert.equal(head.body.length, 0);
  });
});

test("a range of a file is a part of it", async () => {
  await withSite(async ({ ask, askHttp1 }) => {
    const whole = await ask(PATH);
    const cases: [range: string, start: number, end: number][] = [
      ["bytes=0-0", 0, 1],
      ["bytes=0-99", 0, 100],
      ["bytes=65530-65545", 65_530, 65_546],
      ["bytes=100000-400000", 100_000, 400_001],
      [`bytes=${SIZE - 1}-`, SIZE - 1, SIZE],
      ["bytes=1048000-9999999", 1_048_000, SIZE],
      ["bytes=-5", SIZE - 5, SIZE],
      ["bytes=-9999999", 0, SIZE],
    ];
    for (const [range, start, end] of cases) {
      for (const get of [ask, askHttp1]) {
        const part = await get(PATH, { headers: { range } });
        assert.equal(part.status, 206, range);
        assert.equal(
          part.headers["content-range"],
          `bytes ${start}-${end - 1}/${SIZE}`,
        );
        assert.equal(part.headers["content-length"], String(end - start));
        assert.deepEqual(part.body, whole.body.subarray(start, end), range);
      }
    }
  });
});

test("the end of a quarter of a gigabyte comes at once", async () => {
  await withSite(async ({ ask }) => {
    const part = await ask("/file/256MiB.bin", {
      headers: { range: "bytes=-10" },
    });
    assert.equal(part.status, 206);
    assert.equal(
      part.headers["content-range"],
      "bytes 268435446-268435455/268435456",
    );
    assert.equal(part.body.length, 10);
  });
});

test("a range that is not there gets 416", async () => {
  await withSite(async ({ ask }) => {
    for (
      const range of [`bytes=${SIZE}-`, "bytes=9999999-99999999", "bytes=-0"]
    ) {
      const { status, headers } = await ask(PATH, { headers: { range } });
      assert.equal(status, 416, range);
      assert.equal(headers["content-range"], `bytes */${SIZE}`);
    }
  });
});

test("a range that is none, or several, is answered with the whole", async () => {
  await withSite(async ({ ask }) => {
    for (
      const range of [
        "bytes=5-2",
        "bytes=-",
        "bytes=a-b",
        "lines=0-1",
        "bytes=0-1,3-4",
      ]
    ) {
      const { status, body } = await ask(PATH, { headers: { range } });
      assert.equal(status, 200, range);
      assert.equal(body.length, SIZE);
    }
  });
});

test("If-Range gives a part only of what the client has", async () => {
  await withSite(async ({ ask }) => {
    const { headers } = await ask(PATH, { method: "HEAD" });
    const part = (condition: string): Promise<Answer> =>
      ask(PATH, { headers: { range: "bytes=0-9", "if-range": condition } });
    assert.equal((await part(String(headers.etag))).status, 206);
    assert.equal((await part(String(headers["last-modified"]))).status, 206);
    assert.equal((await part('"other"')).status, 200);
    assert.equal((await part(`W/${headers.etag}`)).status, 200);
    assert.equal((await part("Sat, 31 Oct 2026 00:00:00 GMT")).status, 200);
  });
});

test("what the client has already gets 304", async () => {
  await withSite(async ({ ask }) => {
    const { headers } = await ask(PATH, { method: "HEAD" });
    const modified = String(headers["last-modified"]);
    const etag = String(headers.etag);
    const status = async (headers: Record<string, string>) => {
      const answer = await ask(PATH, { headers });
      if (answer.status === 304) {
        assert.equal(answer.body.length, 0);
        assert.equal(answer.headers.etag, etag);
      }
      return answer.status;
    };
    assert.equal(await status({ "if-modified-since": modified }), 304);
    const later = "Tue, 01 Dec 2026 00:00:00 GMT";
    assert.equal(await status({ "if-modified-since": later }), 304);
    const earlier = "Sat, 31 Oct 2026 00:00:00 GMT";
    assert.equal(await status({ "if-modified-since": earlier }), 200);
    assert.equal(await status({ "if-modified-since": "nonsense" }), 200);
    assert.equal(await status({ "if-none-match": etag }), 304);
    assert.equal(await status({ "if-none-match": `"a", W/${etag}` }), 304);
    assert.equal(await status({ "if-none-match": "*" }), 304);
    // RFC 9110 section 13.2.2: the tag counts, not the date.
    assert.equal(
      await status({ "if-none-match": '"a"', "if-modified-since": modified }),
      200,
    );
  });
});
