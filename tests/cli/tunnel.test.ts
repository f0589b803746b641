import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, get } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { test } from "node:test";
import { within } from "../support/pair.ts";
import { h2conn, startH2conn, startServe } from "./h2conn.ts";
import { listenTcp } from "./tcp_server.ts";

const TOKEN = { env: { H2CONN_TOKEN: "secret" } };

/** A tunnel to `target` through a server that permits the others given. */
async function openTunnel(
  target: string,
  permitted: readonly string[],
  token = "secret",
) {
  const tunnel = `--tunnel=${permitted.join(",")}`;
  const { program: server, url } = await startServe([tunnel], TOKEN);
  const args = ["tunnel", "-L", `0:${target}`, "--token", token, url];
  const client = startH2conn(args);
  const [, port] = await client.said(/^Listening on 127\.0\.0\.1:(\d+) for /m);
  return {
    client,
    port: Number(port),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** What a connection to the port ends with: "end" or the code of its error. */
async function ending(port: number): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const ended = Promise.withResolvers<string>();
  socket.on("error", (error: Error & { code?: string }) => {
    ended.resolve(error.code!);
  });
  socket.on("end", () => ended.resolve("end"));
  socket.resume();
  try {
    return await within(ended.promise, "end of the connection");
  } finally {
    socket.destroy();
  }
}

test("an HTTP/1.1 request goes through a tunnel", async () => {
  const web = createServer((request, response) => {
    response.end(`${request.method} ${request.url}`);
  });
  web.listen(0, "127.0.0.1");
  await once(web, "listening");
  const target = `127.0.0.1:${(web.address() as AddressInfo).port}`;
  try {
    await using tunnel = await openTunnel(target, ["127.0.0.1:9", target]);
    const url = `http://127.0.0.1:${tunnel.port}/page`;
    const text = await new Promise<string>((resolve, reject) => {
      get(url, { agent: false }, async (response) => {
        let body = "";
        for await (const chunk of response) body += chunk;
        resolve(`${response.statusCode} ${body}`);
      }).on("error", reject);
    });
    assert.equal(text, "200 GET /page");
  } finally {
    await new Promise((done) => web.close(done));
  }
});

test("many connections at once, each with half-close", async () => {
  await using tcp = await listenTcp((socket) => {
    let length = 0;
    socket.on("data", (chunk) => length += chunk.length);
    socket.on("end", () => socket.end(String(length)));
  });
  await using tunnel = await openTunnel(tcp.target, [tcp.target]);
  const runs = Array.from({ length: 20 }, async (_, index) => {
    const socket = connect({
      port: tunnel.port,
      host: "127.0.0.1",
      allowHalfOpen: true,
    });
    socket.end(new Uint8Array(100_000 + index));
    let text = "";
    for await (const chunk of socket) text += chunk;
    return Number(text) - 100_000;
  });
  const seen = await within(Promise.all(runs), "answers", 20_000);
  assert.deepEqual(seen, Array.from({ length: 20 }, (_, index) => index));
});

test("a target that is not listed is denied, and nobody connects", async () => {
  let connections = 0;
  await using tcp = await listenTcp(() => connections++);
  await using tunnel = await openTunnel(tcp.target, ["127.0.0.1:9"]);
  assert.equal(await ending(tunnel.port), "ECONNRESET");
  await tunnel.client.said(
    /^h2conn: No way to .*403: "This target is not permitted"$/m,
  );
  assert.equal(connections, 0);
});

test("a target that refuses is told apart from EOF", async () => {
  await using tunnel = await openTunnel("127.0.0.1:9", ["127.0.0.1:9"]);
  assert.equal(await ending(tunnel.port), "ECONNRESET");
  await tunnel.client.said(/status 502: "Cannot connect to 127\.0\.0\.1:9"$/m);
});

test("a wrong token is denied", async () => {
  await using tcp = await listenTcp(() => {});
  await using tunnel = await openTunnel(tcp.target, [tcp.target], "wrong");
  assert.equal(await ending(tunnel.port), "ECONNRESET");
  await tunnel.client.said(/status 401/);
});

test("a reset of the target reaches the local side", async () => {
  await using tcp = await listenTcp((socket) => {
    socket.once("data", () => socket.resetAndDestroy());
  });
  await using tunnel = await openTunnel(tcp.target, [tcp.target]);
  const socket = connect(tunnel.port, "127.0.0.1");
  const failed = once(socket, "data");
  socket.write("x");
  await assert.rejects(within(failed, "reset"), { code: "ECONNRESET" });
});

test("ctrl-C ends a tunnel", async () => {
  await using tunnel = await openTunnel("127.0.0.1:9", ["127.0.0.1:9"]);
  tunnel.client.signal("SIGINT");
  const { code, stderr } = await tunnel.client.ended;
  assert.equal(stderr, "");
  assert.equal(code, 0);
});

test("a port in use is exit code 1", async () => {
  await using tcp = await listenTcp(() => {});
  const link = `${tcp.target.split(":")[1]}:localhost:1`;
  const { code, stderr } = await h2conn(["tunnel", "-L", link, "http://a"]);
  assert.match(stderr, /^h2conn: Cannot listen on .*: the port is in use\n$/);
  assert.equal(code, 1);
});

test("what cannot be sent is wrong usage, before it listens", async () => {
  for (
    const args of [
      ["-L", "0:localhost:22", "--method", "A B", "http://localhost"],
      ["-L", "0:localhost:22", "--header", "Connection: x", "http://localhost"],
      ["-L", "0:localhost:22", "ftp://localhost"],
      ["-L", "0:日本:22", "http://localhost"],
    ]
  ) {
    const { code, text, stderr } = await h2conn(["tunnel", ...args]);
    assert.equal(text, "");
    assert.match(stderr, /^h2conn: .*; see "h2conn tunnel --help"\n$/);
    assert.equal(code, 2);
  }
});
