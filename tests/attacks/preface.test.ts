import assert from "node:assert/strict";
import net from "node:net";
import tls from "node:tls";
import { test } from "node:test";
import {
  ascii,
  data,
  frame,
  headers,
  join,
  ping,
  PREFACE,
  RawPeer,
  request,
  settings,
  TYPE,
} from "./raw_peer.ts";
import { attack } from "./target.ts";

/** First bytes that are not those of HTTP/2, and the GOAWAY for them. */
const BAD_STARTS: { name: string; send: Uint8Array }[] = [
  { name: "noise", send: crypto.getRandomValues(new Uint8Array(4096)) },
  {
    name: "a preface with one bad byte",
    send: join(ascii("PRI * HTTP/2.1\r\n\r\nSM\r\n\r\n"), settings()),
  },
  { name: "frames without a preface", send: join(settings(), ping()) },
  { name: "PING before SETTINGS", send: join(PREFACE, ping()) },
  {
    name: "HEADERS before SETTINGS",
    send: join(PREFACE, headers(1, request())),
  },
  { name: "DATA before SETTINGS", send: join(PREFACE, data(1, 4)) },
  {
    name: "an unknown frame before SETTINGS",
    send: join(PREFACE, frame(0xfe, 0, 0)),
  },
  {
    name: "a SETTINGS ACK before SETTINGS",
    send: join(PREFACE, frame(TYPE.SETTINGS, 1, 0)),
  },
  { name: "the preface twice", send: join(PREFACE, PREFACE) },
  {
    name: "a TLS ClientHello on a cleartext port",
    send: Uint8Array.of(
      22,
      3,
      1,
      2,
      0,
      1,
      0,
      1,
      252,
      3,
      3,
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
      9,
      10,
      11,
      12,
      13,
    ),
  },
];

/** Without HTTP/1.1, or where ALPN has agreed on h2, that is bad too. */
const NO_METHOD = {
  name: "HTTP/1.1 with a cut method",
  send: ascii("FROB / HTTP/1.1\r\n\r\n"),
};

const SERVERS = [
  { secure: false, allowHttp1: false, starts: [...BAD_STARTS, NO_METHOD] },
  { secure: false, allowHttp1: true, starts: BAD_STARTS },
  { secure: true, allowHttp1: false, starts: [...BAD_STARTS, NO_METHOD] },
  { secure: true, allowHttp1: true, starts: [...BAD_STARTS, NO_METHOD] },
];

for (const { secure, allowHttp1, starts } of SERVERS) {
  const over = secure ? "TLS" : "cleartext";
  const beside = allowHttp1 ? "beside HTTP/1.1" : "HTTP/2 alone";

  test(`bad first bytes get a GOAWAY (${over}, ${beside})`, {
    timeout: 20_000,
  }, async (t) => {
    await attack({ secure, allowHttp1 }, async (target) => {
      for (const { name, send } of starts) {
        await t.test(name, async () => {
          const peer = await target.dial();
          await peer.send(send);
          const code = name === "the preface twice"
            ? "FRAME_SIZE_ERROR"
            : "PROTOCOL_ERROR";
          await peer.expectGoaway(code, 3000);
          await peer.close();
        });
      }
    });
  });
}

for (const secure of [false, true]) {
  const over = secure ? "TLS" : "cleartext";

  test(`a preface in single bytes is taken (${over})`, {
    timeout: 10_000,
  }, () =>
    attack({ secure }, async (target) => {
      const peer = await target.dial();
      const bytes = join(PREFACE, settings(), headers(1, request("/")));
      for (const byte of bytes) await peer.send(Uint8Array.of(byte));
      await peer.expectHeaders(1);
    }));

  test(`connections that end early leave nothing (${over})`, {
    timeout: 20_000,
  }, () =>
    attack({ secure }, async (target) => {
      for (const length of [0, 1, 23, 24, 30, 33]) {
        for (const end of ["end", "resetAndDestroy", "destroy"] as const) {
          const peer = await target.dial();
          await peer.send(join(PREFACE, settings()).subarray(0, length));
          if (secure && end === "resetAndDestroy") peer.socket.destroy();
          else peer.socket[end]();
          await peer.expectEnd(3000);
        }
      }
    }));

  for (const method of ["GET", "POST", "OPTIONS"]) {
    test(
      `HTTP/1.1 gets an answer that says what is wrong (${method}, ${over})`,
      {
        timeout: 10_000,
      },
      () =>
        // Who has agreed on h2 by ALPN is not served HTTP/1.1 in any case.
        attack({ secure, allowHttp1: secure }, async (target) => {
          const peer = await target.dial();
          await peer.send(
            ascii(`${method} / HTTP/1.1\r\nHost: localhost\r\n\r\n`),
          );
          await peer.expectEnd(3000);
          assert.match(peer.start, /HTTP\/1\.1 505 /);
        }),
    );
  }
}

test(
  "a TLS client that offers no h2 is refused",
  { timeout: 10_000 },
  () =>
    attack({ secure: true, allowHttp1: false }, async (target) => {
      for (const alpn of [["http/1.1"], ["h3", "spdy/1"], []]) {
        const socket = tls.connect({
          port: target.port,
          host: "127.0.0.1",
          servername: "localhost",
          ca: target.ca,
          ALPNProtocols: alpn,
        });
        socket.on("error", () => {});
        socket.on(
          "secureConnect",
          () => socket.write("GET / HTTP/1.1\r\n\r\n"),
        );
        socket.resume();
        await new Promise((resolve) => socket.once("close", resolve));
      }
    }),
);

/** What a TLS port gets from who does not speak TLS. */
const NOT_TLS: { name: string; bytes: Uint8Array }[] = [
  { name: "cleartext HTTP/2", bytes: join(PREFACE, settings()) },
  { name: "HTTP/1.1", bytes: ascii("GET / HTTP/1.1\r\n\r\n") },
  { name: "noise", bytes: crypto.getRandomValues(new Uint8Array(2000)) },
  {
    name: "a record of 16 KiB of noise",
    bytes: join(
      Uint8Array.of(22, 3, 1, 64, 0),
      crypto.getRandomValues(new Uint8Array(16_384)),
    ),
  },
  { name: "an alert", bytes: Uint8Array.of(21, 3, 3, 0, 2, 2, 40) },
];

test("a TLS port closes on what is no TLS", { timeout: 20_000 }, async (t) => {
  await attack({ secure: true }, async (target) => {
    for (const { name, bytes } of NOT_TLS) {
      await t.test(name, async () => {
        const socket = net.connect({ port: target.port, host: "127.0.0.1" });
        const peer = new RawPeer(socket);
        await peer.send(bytes);
        await peer.expectEnd(3000);
        await peer.close();
      });
    }
  });
});
