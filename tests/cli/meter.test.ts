import assert from "node:assert/strict";
import { test } from "node:test";
import { formatBytes, Meter } from "../../src/cli/meter.ts";
import { colour, printable } from "../../src/cli/terminal.ts";
import { within } from "../support/pair.ts";

async function* chunks(...lengths: number[]) {
  for (const length of lengths) yield new Uint8Array(length);
}

async function drain(chunks: AsyncIterable<Uint8Array>) {
  for await (const _ of chunks);
}

test("a meter counts, shows what it counted, and takes it away", async () => {
  const shown = Promise.withResolvers<string>();
  let last = "";
  const meter = new Meter();
  meter.show({
    write(text: string) {
      last = text;
      shown.resolve(text);
    },
  });
  await drain(meter.countSent(chunks(1000, 1048)));
  await drain(meter.countReceived(chunks(3 << 20)));
  const text = await within(shown.promise, "progress");
  assert.match(
    text,
    /^\r.*2\.0 KiB sent, 3\.0 MiB received, [\d.]+ [KM]iB\/s$/,
  );
  meter.hide();
  assert.equal(last, "\r\x1b[K");
  assert.equal(meter.sent, 2048);
});

test("bytes as people read them", () => {
  assert.equal(formatBytes(0), "0 B");
  assert.equal(formatBytes(1023.4), "1023 B");
  assert.equal(formatBytes(1536), "1.5 KiB");
  assert.equal(formatBytes(5 * 1024 ** 4), "5.0 TiB");
});

test("colours only on a terminal, and not with NO_COLOR", () => {
  const { NO_COLOR, TERM } = process.env;
  try {
    delete process.env.NO_COLOR;
    process.env.TERM = "xterm";
    assert.equal(colour({}, 31, "x"), "x");
    assert.equal(colour({ isTTY: true }, 31, "x"), "\x1b[31mx\x1b[39m");
    process.env.TERM = "dumb";
    assert.equal(colour({ isTTY: true }, 31, "x"), "x");
    process.env.TERM = "xterm";
    process.env.NO_COLOR = "1";
    assert.equal(colour({ isTTY: true }, 31, "x"), "x");
  } finally {
    for (const [name, value] of Object.entries({ NO_COLOR, TERM })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
});

test("what a peer sent cannot steer the terminal", () => {
  assert.equal(printable("a\u202eb\u2028c"), "a\\u202eb\\u2028c");
  assert.equal(printable("a\x1b[2Jb\r\nc\td\x9b"), "a\\x1b[2Jb\\x0d c\td\\x9b");
});
