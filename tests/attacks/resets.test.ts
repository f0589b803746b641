import { test } from "node:test";
import {
  data,
  END_HEADERS,
  END_STREAM,
  field,
  headers,
  join,
  priority,
  request,
  reset,
  windowUpdate,
} from "./raw_peer.ts";
import { attack } from "./target.ts";

const HOLD = request("/hold");
const LENGTH = request("/hold", [["content-length", "1"]]);

/** What one stream sends; each makes one reset. */
const RESETS: { name: string; stream(id: number): Uint8Array }[] = [
  {
    // CVE-2023-44487
    name: "rapid reset",
    stream: (id) => join(headers(id, HOLD, END_HEADERS), reset(id)),
  },
  {
    name: "rapid reset of requests without content",
    stream: (id) => join(headers(id, HOLD), reset(id)),
  },
  {
    // CVE-2025-8671, "MadeYouReset", and what follows
    name: "WINDOW_UPDATE of 0",
    stream: (id) => join(headers(id, HOLD, END_HEADERS), windowUpdate(id, 0)),
  },
  {
    name: "WINDOW_UPDATE over 2^31-1",
    stream: (id) =>
      join(headers(id, HOLD, END_HEADERS), windowUpdate(id, 2 ** 31 - 1)),
  },
  {
    name: "PRIORITY of a bad length",
    stream: (id) => join(headers(id, HOLD, END_HEADERS), priority(id, 4)),
  },
  {
    name: "DATA on a half-closed stream",
    stream: (id) => join(headers(id, HOLD), data(id, 1)),
  },
  {
    name: "HEADERS on a half-closed stream",
    stream: (id) => join(headers(id, HOLD), headers(id, field("a", "b"))),
  },
  {
    name: "content over content-length",
    stream: (id) => join(headers(id, LENGTH, END_HEADERS), data(id, 2)),
  },
  {
    name: "content short of content-length",
    stream: (id) =>
      join(headers(id, LENGTH, END_HEADERS), data(id, 0, END_STREAM)),
  },
  {
    name: "malformed requests",
    stream: (id) => headers(id, field("a", "b")),
  },
  {
    name: "empty HEADERS",
    stream: (id) => headers(id, new Uint8Array(0)),
  },
  {
    name: "header lists that are too long (431)",
    stream: (id) => headers(id, new Uint8Array(300).fill(0x84)),
  },
];

test("resets, made by either side, end the session when too many", {
  timeout: 60_000,
}, async (t) => {
  await attack({}, async (target) => {
    for (const { name, stream } of RESETS) {
      await t.test(name, async () => {
        const peer = await target.connect();
        const streams: Uint8Array[] = [];
        for (let id = 1; streams.length < 1500; id += 2) {
          streams.push(stream(id));
        }
        await peer.flood(join(...streams));
        await peer.expectGoaway("ENHANCE_YOUR_CALM");
        await peer.close();
      });
    }
  });
});

test("a reset flood whose answers are not read ends the session", {
  timeout: 20_000,
}, () =>
  attack({}, async (target) => {
    const peer = await target.connect();
    peer.pause();
    const streams: Uint8Array[] = [];
    for (let id = 1; streams.length < 1500; id += 2) {
      streams.push(join(headers(id, HOLD, END_HEADERS), windowUpdate(id, 0)));
    }
    await peer.flood(join(...streams));
    peer.resume();
    await peer.expectGoaway("ENHANCE_YOUR_CALM");
  }));

test("resets below the limit leave the session alone", {
  timeout: 20_000,
}, () =>
  attack({}, async (target) => {
    const peer = await target.connect();
    const streams: Uint8Array[] = [];
    for (let id = 1; streams.length < 900; id += 2) {
      streams.push(join(headers(id, HOLD, END_HEADERS), reset(id)));
    }
    await peer.flood(join(...streams));
    await peer.expectAlive();
    await peer.send(headers(9001, request("/")));
    await peer.expectHeaders(9001);
  }));
