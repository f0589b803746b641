import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import { Client, ResetError } from "../../mod.ts";
import { MAX_UPLOAD } from "../../src/demo/upload.ts";
import {
  bytes,
  pattern,
  readAll,
  readExactly,
  text,
  within,
} from "../support/pair.ts";
import { withSite } from "./site.ts";

test("/crc32 tells length and checksum", async () => {
  await withSite(async ({ ask, askHttp1 }) => {
    const large = pattern(1_000_000);
    const hex = crc32(large).toString(16).padStart(8, "0");
    for (const get of [ask, askHttp1]) {
      const put = async (body: Uint8Array | string) =>
        (await get("/crc32", { method: "PUT", body })).text;
      assert.equal(await put("123456789"), "bytes=9, CRC32=cbf43926");
      assert.equal(await put(""), "bytes=0, CRC32=00000000");
      // Its checksum begins with a zero.
      assert.equal(await put("a13"), `bytes=3, CRC32=${checksum("a13")}`);
      assert.equal(await put(large), `bytes=1000000, CRC32=${hex}`);
    }
  });
});

test("/ECHO sends back in upper case, and changes nothing else", async () => {
  await withSite(async ({ ask, askHttp1 }) => {
    for (const get of [ask, askHttp1]) {
      const echo = await get("/ECHO", {
        method: "PUT",
        body: "Hello, [world]! `{az}` Grüße\n",
      });
      assert.equal(echo.status, 200);
      assert.equal(echo.text, "HELLO, [WORLD]! `{AZ}` GRüßE\n");
    }
    const large = new Uint8Array(1024 * 1024).fill(0x71);
    const echo = await ask("/ECHO", { method: "PUT", body: large });
    assert.deepEqual(echo.body, large.fill(0x51));
  });
});

test("anything but PUT gets 400", async () => {
  await withSite(async ({ ask }) => {
    for (const path of ["/crc32", "/ECHO"]) {
      for (const method of ["GET", "POST"]) {
        const { status, text } = await ask(path, { method });
        assert.equal(status, 400);
        assert.equal(text, "PUT required.\n");
      }
    }
  });
});

test("/ECHO sends its headers first, and each part as it comes", async () => {
  await withSite(async ({ server, ca }) => {
    await using client = new Client({ tls: { ca } });
    const conn = client.connect(`${server.url}/ECHO`, { method: "PUT" });
    // Nothing was sent so far.
    const { status } = await within(conn.opened, "headers");
    assert.equal(status, 200);
    for (const part of ["it is ", "now ", "twelve o'clock\n"]) {
      await conn.write(bytes(part));
      const back = await within(readExactly(conn, part.length), "echo");
      assert.equal(text(back), part.toUpperCase());
    }
    await conn.closeWrite();
    assert.equal((await within(readAll(conn), "end")).length, 0);
  });
});

test("an upload that says it is too large is refused before it is sent", async () => {
  await withSite(async ({ ask }) => {
    for (const path of ["/crc32", "/ECHO"]) {
      const { status, text } = await ask(path, {
        method: "PUT",
        headers: { "content-length": String(MAX_UPLOAD + 1) },
        isEndless: true,
      });
      assert.equal(status, 413);
      assert.equal(text, `An upload may have ${MAX_UPLOAD} bytes at most\n`);
    }
  });
});

test("an upload that turns out too large is cut", async () => {
  await withSite(async ({ server, ca }) => {
    await using client = new Client({ tls: { ca } });
    const conn = client.connect(`${server.url}/crc32`, { method: "PUT" });
    conn.opened.catch(() => {});
    const part = new Uint8Array(4 * 1024 * 1024);
    await assert.rejects(
      within(
        (async () => {
          for (let sent = 0; sent <= MAX_UPLOAD; sent += part.length) {
            await conn.write(part);
          }
          await conn.closeWrite();
          await conn.opened;
        })(),
        "413",
        30_000,
      ),
      (error: Error & { status?: number }) =>
        error.status === 413 || error instanceof ResetError,
    );
  });
});

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, "0");
}
