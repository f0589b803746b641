import { test } from "node:test";
import { FRAME_CASES } from "./frame_cases.ts";
import {
  data,
  END_HEADERS,
  END_STREAM,
  headers,
  type RawPeer,
  request,
} from "./raw_peer.ts";
import { attack } from "./target.ts";

async function open(peer: RawPeer): Promise<void> {
  await peer.send(headers(1, request("/hold"), END_HEADERS));
  await peer.expectHeaders(1);
}

test("frames that break a rule cost the session or the stream", {
  timeout: 30_000,
}, async (t) => {
  await attack({}, async (target) => {
    for (const row of FRAME_CASES) {
      if (row.only === "client") continue;
      await t.test(row.name, async () => {
        const peer = await target.connect();
        await open(peer);
        await peer.send(row.send);
        if (row.goaway !== undefined) {
          return await peer.expectGoaway(row.goaway);
        }
        if (row.reset !== undefined) await peer.expectReset(1, row.reset);
        await peer.expectAlive();
        await peer.send(headers(101, request("/")));
        await peer.expectHeaders(101);
        await peer.close();
      });
    }
  });
});

test("DATA over the session's window ends the session", {
  timeout: 10_000,
}, () =>
  attack(
    { limits: { maxConcurrentStreams: 2 }, windows: { growth: 0 } },
    async (target) => {
      const peer = await target.connect();
      for (const id of [1, 3]) {
        await peer.send(
          headers(id, request("/hold"), END_HEADERS),
          data(id, 16_384),
          data(id, 16_384),
        );
      }
      await peer.expectAlive();
      await peer.send(data(1, 1));
      await peer.expectGoaway("FLOW_CONTROL_ERROR");
    },
  ));

test("content that belies content-length resets the stream", {
  timeout: 10_000,
}, () =>
  attack({}, async (target) => {
    const peer = await target.connect();
    function post(id: number, length: string, flags = END_HEADERS) {
      const fields = [["content-length", length]] as const;
      return headers(id, request("/hold", fields), flags);
    }
    await peer.send(post(1, "2"), data(1, 3));
    await peer.expectReset(1, "PROTOCOL_ERROR");
    await peer.send(post(3, "2"), data(3, 1, END_STREAM));
    await peer.expectReset(3, "PROTOCOL_ERROR");
    await peer.send(post(5, "2", END_HEADERS | END_STREAM));
    await peer.expectReset(5, "PROTOCOL_ERROR");
    await peer.send(post(7, "-1"));
    await peer.expectReset(7, "PROTOCOL_ERROR");
    await peer.send(post(9, "1, 1"));
    await peer.expectReset(9, "PROTOCOL_ERROR");
    await peer.send(post(11, "99999999999999999999999"));
    await peer.expectReset(11, "PROTOCOL_ERROR");
    await peer.expectAlive();
  }));

for (const secure of [false, true]) {
  test(`FIN inside a frame ends the session (${secure ? "TLS" : "h2c"})`, {
    timeout: 10_000,
  }, () =>
    attack({ secure }, async (target) => {
      const peer = await target.connect();
      await open(peer);
      await peer.send(data(1, 100).subarray(0, 50));
      peer.socket.end();
      await peer.expectEnd(2000);
      const [conn] = target.held;
      // EOF would be a lie: it never came (RFC 9113 section 8.1).
      let ending: unknown;
      await conn.closed.catch((error) => ending = error);
      if (!(ending instanceof Error)) throw new Error("The Conn ended well");
    }));
}
