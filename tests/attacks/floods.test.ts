import { test } from "node:test";
import {
  data,
  END_HEADERS,
  headers,
  join,
  OK_BLOCK,
  ping,
  priority,
  repeat,
  request,
  reset,
  SETTING,
  settings,
  sleep,
  windowUpdate,
} from "./raw_peer.ts";
import { FLOOD_CASES } from "./flood_cases.ts";
import { attack, heldConn } from "./target.ts";

test("floods of frames that say nothing end the session", {
  timeout: 60_000,
}, async (t) => {
  await attack({}, async (target) => {
    for (const { name, unit, count, only } of FLOOD_CASES) {
      if (only === "client") continue;
      await t.test(name, async () => {
        const peer = await target.connect();
        await peer.send(
          headers(1, request("/hold"), END_HEADERS),
          headers(3, request("/hold"), END_HEADERS),
        );
        await peer.expectHeaders(3);
        await peer.send(windowUpdate(3, 0));
        await peer.expectReset(3, "PROTOCOL_ERROR");
        if (name === "CONTINUATION") await peer.send(headers(5, OK_BLOCK, 0));
        await peer.flood(repeat(unit, count));
        await peer.expectGoaway("ENHANCE_YOUR_CALM");
        await peer.close();
      });
    }
  });
});

test("a flood that is not read ends the session too", {
  timeout: 30_000,
}, async (t) => {
  const limits = { maxQueuedFrames: 1000, maxIdleFrames: 10 ** 9 };
  await attack({ limits }, async (target) => {
    for (const [name, unit] of [["PING", ping()], ["SETTINGS", settings()]]) {
      await t.test(name as string, async () => {
        const peer = await target.connect([
          SETTING.INITIAL_WINDOW_SIZE,
          2 ** 31 - 1,
        ]);
        peer.pause();
        await peer.send(
          windowUpdate(0, 2 ** 31 - 65_536),
          headers(1, request("/big")),
        );
        // The download fills what the kernel holds; then answers pile up.
        await target.stalled(1);
        await peer.flood(repeat(unit as Uint8Array, 2000));
        await target.ended(1, "ERR_PROTOCOL");
        peer.resume();
        await peer.expectEnd();
      });
    }
  });
});

test("answers that are read do not add up while the output is full", {
  timeout: 20_000,
}, () =>
  attack({ limits: { maxQueuedFrames: 50 } }, async (target) => {
    const peer = await target.connect([
      SETTING.INITIAL_WINDOW_SIZE,
      2 ** 31 - 1,
    ]);
    await peer.send(
      windowUpdate(0, 2 ** 31 - 65_536),
      headers(1, request("/big")),
    );
    // More PINGs than may wait, one at a time, on a line that is always full.
    for (let count = 0; count < 120; count++) {
      peer.pause();
      await peer.send(ping());
      await sleep(5);
      const { received } = peer;
      peer.resume();
      await peer.until(() => peer.received > received + 150_000, "DATA");
    }
    await peer.expectAlive();
  }));

test("one-byte DATA is held to the window, and is no flood to a reader", {
  timeout: 20_000,
}, () =>
  attack({}, async (target) => {
    const peer = await target.connect();
    const byte = data(1, 1);
    await peer.send(headers(1, request("/read"), END_HEADERS));
    for (let sent = 0; sent < 30_000; sent += 3000) {
      await peer.flood(repeat(byte, 3000));
      await peer.expectAlive();
    }
    await peer.send(headers(3, request("/hold"), END_HEADERS));
    await peer.flood(repeat(data(3, 1), 32 * 1024 + 1));
    await peer.expectReset(3, "FLOW_CONTROL_ERROR");
    await peer.expectAlive();
  }));

test("streams over the limit are refused, and too many end the session", {
  timeout: 20_000,
}, () =>
  attack({}, async (target) => {
    const peer = await target.connect();
    const hold = request("/hold");
    const open: Uint8Array[] = [];
    for (let id = 1; id < 2 * 257; id += 2) {
      open.push(headers(id, hold, END_HEADERS));
    }
    await peer.flood(join(...open));
    await peer.expectReset(2 * 256 + 1, "REFUSED_STREAM");
    await peer.expectAlive();
    await peer.send(reset(1), headers(601, hold, END_HEADERS));
    await peer.expectHeaders(601);
    const more: Uint8Array[] = [];
    for (let id = 603; more.length < 1100; id += 2) {
      more.push(headers(id, hold, END_HEADERS));
    }
    await peer.flood(join(...more));
    await peer.expectGoaway("ENHANCE_YOUR_CALM");
  }));

test("frames spread out below the limits are borne", {
  timeout: 20_000,
}, () =>
  attack({}, async (target) => {
    const peer = await target.connect();
    await peer.send(headers(1, request("/hold"), END_HEADERS));
    for (let round = 0; round < 10; round++) {
      await peer.send(repeat(ping(), 500), repeat(priority(1), 400));
      await sleep(20);
    }
    await peer.expectAlive();
    await heldConn(target, 0);
  }));
