import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ArgumentError,
  ConnectError,
  handle,
  serve,
  type Server,
  TimeoutError,
} from "../../mod.ts";
import { ChatClient, type ChatClientOptions } from "../../src/chat/client.ts";
import { Pace } from "../../src/chat/pace.ts";
import { makePost, type Post } from "../../src/chat/post.ts";
import { Refusal } from "../../src/chat/refusal.ts";
import { jsonValues } from "../../src/codec/mod.ts";
import { within } from "../support/pair.ts";
import { startProxy } from "../support/tcp_proxy.ts";
import { openHall } from "./guest.ts";

/** A client that writes down what it is told. */
class Diary {
  readonly client: ChatClient;
  readonly run: Promise<void>;
  readonly entries: string[] = [];
  #wake = () => {};

  constructor(url: string, options: Partial<ChatClientOptions> = {}) {
    this.client = new ChatClient(url, {
      name: "ann",
      onPost: ({ User, Message }) => this.#write(`${User}: ${Message}`),
      onJoin: (isAgain) => this.#write(isAgain ? "back" : "in"),
      onLost: (reason) => this.#write(`lost: ${reason}`),
      ...options,
    });
    this.run = this.client.run();
    this.run.catch(() => {});
  }

  async until(entry: string | RegExp): Promise<void> {
    const isThere = () =>
      this.entries.some((one) =>
        typeof entry === "string" ? one === entry : entry.test(one)
      );
    while (!isThere()) {
      const next = new Promise<void>((resolve) => this.#wake = resolve);
      await within(next, `"${entry}" in ${JSON.stringify(this.entries)}`);
    }
  }

  async leave(): Promise<void> {
    await this.client.leave();
    await within(this.run, "end of run");
  }

  #write(entry: string): void {
    this.entries.push(entry);
    this.#wake();
  }
}

/** Gives back what a client says at its own pace, and at some time no more. */
function serveSlowly(
  { count = Infinity, perSecond = 1000 }: {
    count?: number;
    perSecond?: number;
  },
): Promise<Server> {
  return serve(
    { port: 0 },
    handle(async (conn) => {
      const pace = new Pace({ perSecond, burst: 1 });
      conn.closed.catch(() => {}).then(() => pace.end());
      const messages = jsonValues<unknown>(conn);
      const name = String(await messages.receive());
      await messages.send("ok");
      for (let turn = 0; turn < count; turn++) {
        const post = await messages.receive() as Post | undefined;
        if (post === undefined) return;
        await pace.next();
        await messages.send(makePost(name, post.Message));
      }
      await conn.closed.catch(() => {});
    }),
  );
}

test("a client comes in, says, hears and leaves", async () => {
  await using hall = await openHall();
  const bob = await hall.guest("bob");
  const ann = new Diary(hall.server.url);
  await ann.client.say("hello");
  await ann.until("ann: hello");
  await ann.leave();
  assert.deepEqual(ann.entries, [
    "in",
    "System: ann logged in",
    "ann: hello",
    "System: ann logged out",
  ]);
  await bob.hearUntil("System: ann logged out");
  await assert.rejects(ann.client.say("too late"), Refusal);
});

test("what was said before leaving is heard", async () => {
  await using hall = await openHall();
  const bob = await hall.guest("bob");
  const ann = new Diary(hall.server.url);
  for (let turn = 0; turn < 20; turn++) await ann.client.say(`${turn}`);
  await ann.leave();
  await bob.hearUntil("ann: 19");
});

test("a client that leaves waits for a server that takes its time", async () => {
  const count = 400;
  const stallMs = 500;
  await using server = await serveSlowly({ perSecond: 200 });
  const ann = new Diary(server.url, { stallMs });
  for (let turn = 0; turn < count; turn++) await ann.client.say(`${turn}`);
  const start = performance.now();
  await ann.leave();
  assert.ok(performance.now() - start > 2 * stallMs, "It did not have to wait");
  assert.deepEqual(
    ann.entries,
    ["in", ...[...Array(count).keys()].map((turn) => `ann: ${turn}`)],
  );
});

test("a client that leaves a server which takes no more says so", async () => {
  await using server = await serveSlowly({ count: 3 });
  const ann = new Diary(server.url, { stallMs: 200 });
  for (let turn = 0; turn < 10; turn++) await ann.client.say(`${turn}`);
  await ann.client.leave();
  await assert.rejects(within(ann.run, "end of run"), (error: Error) => {
    assert.ok(error instanceof TimeoutError);
    assert.equal(
      error.message,
      "The server did not take everything that was said",
    );
    return true;
  });
  assert.deepEqual(ann.entries.slice(1), ["ann: 0", "ann: 1", "ann: 2"]);
});

test("a client that leaves within a time does not stay longer", async () => {
  await using server = await serveSlowly({ perSecond: 50 });
  const ann = new Diary(server.url);
  for (let turn = 0; turn < 400; turn++) await ann.client.say(`${turn}`);
  const start = performance.now();
  await ann.client.leave(500);
  // The end of the input, which comes after it, does not give more time.
  await ann.client.leave();
  await assert.rejects(within(ann.run, "end of run"), TimeoutError);
  assert.ok(performance.now() - start < 3000);
});

test("a client whose name is refused ends with the reason", async () => {
  await using hall = await openHall();
  await hall.guest("ann");
  const ann = new Diary(hall.server.url);
  await assert.rejects(within(ann.run, "refusal"), (error: Error) => {
    assert.ok(error instanceof Refusal);
    assert.equal(error.message, "user already exists");
    return true;
  });
});

test("a client that cannot connect at first ends", async () => {
  const ann = new Diary("http://127.0.0.1:9");
  await assert.rejects(within(ann.run, "failure"), ConnectError);
});

test("a server that is no chat is told apart", async () => {
  await using server = await serve({ port: 0 }, () => new Response("Hello"));
  const ann = new Diary(server.url);
  await assert.rejects(within(ann.run, "failure"), /not JSON/);
});

test("text that is too long is refused, and the client stays", async () => {
  await using hall = await openHall();
  const ann = new Diary(hall.server.url);
  await assert.rejects(ann.client.say("x".repeat(40_000)), ArgumentError);
  await ann.client.say("short");
  await ann.until("ann: short");
  await ann.leave();
});

test("a client comes back to a server that was restarted, with its name", async () => {
  const before = await openHall();
  const { port } = before.server.addr as { port: number };
  const ann = new Diary(before.server.url);
  await ann.until("in");
  await before[Symbol.asyncDispose]();
  await ann.until(/^lost: /);
  // It is kept until the client is back.
  const said = ann.client.say("still there?");
  await using after = await openHall({}, port);
  await ann.until("back");
  await within(said, "post");
  await ann.until("ann: still there?");
  const bob = await after.guest("bob");
  assert.deepEqual(await bob.hear(1), ["ann: still there?"]);
  await ann.leave();
});

test("a client that comes back hears what it missed, and nothing twice", async () => {
  await using hall = await openHall();
  const { port } = hall.server.addr as { port: number };
  const bob = await hall.guest("bob");
  await using proxy = await startProxy(port);
  const ann = new Diary(`http://127.0.0.1:${proxy.port}`);
  await bob.say("one");
  await ann.until("bob: one");
  proxy.stall();
  await bob.say("two");
  await bob.hearUntil("bob: two");
  proxy.cutClient("RST");
  await ann.until("back");
  await ann.until("bob: two");
  await bob.say("three");
  await ann.until("bob: three");
  const heard = ann.entries.filter((entry) => entry.startsWith("bob: "));
  assert.deepEqual(heard, ["bob: one", "bob: two", "bob: three"]);
  await ann.leave();
});

test("a client without reconnect ends when it is cut", async () => {
  const hall = await openHall();
  const ann = new Diary(hall.server.url, { reconnect: false });
  await ann.until("in");
  await hall[Symbol.asyncDispose]();
  await assert.rejects(within(ann.run, "end"), ConnectError);
});

test("a client leaves while it waits to come back", async () => {
  const hall = await openHall();
  const ann = new Diary(hall.server.url);
  await ann.until("in");
  await hall[Symbol.asyncDispose]();
  await ann.until(/^lost: /);
  await ann.leave();
});

test("a view that fails ends the client, which leaves", async () => {
  await using hall = await openHall();
  const bob = await hall.guest("bob");
  const ann = new Diary(hall.server.url, {
    onPost: () => Promise.reject(new Error("no more paper")),
  });
  await assert.rejects(within(ann.run, "failure"), /no more paper/);
  await bob.hearUntil("System: ann logged out");
});

test("a server that lets clients in and cuts them is asked less and less", async () => {
  await using server = await serve(
    { port: 0 },
    handle(async (conn) => {
      const messages = jsonValues<unknown>(conn);
      await messages.receive();
      await messages.send("ok");
    }),
  );
  const waits: number[] = [];
  const ann = new Diary(server.url, {
    onLost: (_, retryMs) => {
      waits.push(retryMs);
      if (waits.length === 4) void ann.client.leave();
    },
  });
  await within(ann.run, "end of run");
  assert.ok(waits[3] > 2 * waits[0], waits.join());
});

test("a view that fails ends a client whose words find no ear", async () => {
  await using server = await serve(
    { port: 0 },
    handle(async (conn) => {
      const messages = jsonValues<unknown>(conn);
      await messages.receive();
      await messages.send("ok");
      await messages.send(makePost("bob", "hello"));
      await conn.closed.catch(() => {});
    }),
  );
  const ann = new Diary(server.url, {
    onPost() {
      for (let turn = 0; turn < 100; turn++) {
        ann.client.say("x".repeat(4000)).catch(() => {});
      }
      throw new Error("no more paper");
    },
  });
  await assert.rejects(within(ann.run, "failure"), /no more paper/);
});
