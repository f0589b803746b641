import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, type Conn } from "../../mod.ts";
import { bytes, within } from "../support/pair.ts";
import { makePost } from "../../src/chat/post.ts";
import { type Guest, type Hall, openHall } from "./guest.ts";

/** A client that sends bytes of its own choice. */
async function rawGuest(hall: Hall, name: string): Promise<RawGuest> {
  const guest = await hall.guest(name);
  return { guest, conn: guest.messages.conn };
}

interface RawGuest {
  guest: Guest;
  conn: Conn;
}

const UNREADABLE: [string, string, RegExp][] = [
  ["what is not JSON", "}", /: Cannot read what you sent: .* is not JSON/],
  ["bad UTF-8", '{"Message":"\xff"}', /: Cannot read .* is not UTF-8/],
  ["what is no post", "[1]", /: Cannot read .* a post has a string "Message"/],
  ["null", "null", /: Cannot read .* a post has a string "Message"/],
  [
    "nesting",
    '{"Message":[[[]]]}',
    /: Cannot read .* nested deeper than maxDepth/,
  ],
  [
    "a message that never ends",
    `{"Message":"${"x".repeat(64 * 1024)}`,
    /: Cannot read .* larger than maxMessageSize/,
  ],
];

for (const [what, sent, told] of UNREADABLE) {
  test(`a member that sends ${what} is told and cut, and nobody else`, async () => {
    await using hall = await openHall();
    const ann = await hall.guest("ann");
    const { guest, conn } = await rawGuest(hall, "eve");
    // One byte for each character, so that bad UTF-8 is bad.
    conn.write(Uint8Array.from(sent, (c) => c.charCodeAt(0))).catch(() => {});
    await guest.hear(1);
    assert.match((await guest.hear(1))[0], told);
    await guest.hearUntil("the end");
    await ann.hearUntil("System: eve logged out");
    await ann.say("still here");
    await ann.hearUntil("ann: still here");
  });
}

test("a post that is empty or too long is not sent, and its member told", async () => {
  await using hall = await openHall();
  const ann = await hall.guest("ann");
  await ann.say(" \x1b ");
  await ann.say("é".repeat(2049));
  await ann.say("é".repeat(2048));
  const heard = await ann.hear(4);
  assert.equal(heard[1], "System: Your post is empty");
  assert.match(heard[2], /longer than 4096 bytes, and was not sent/);
  assert.equal(heard[3], `ann: ${"é".repeat(2048)}`);
});

test("a client that does not say a name is told so, and cut", async () => {
  await using hall = await openHall();
  const client = new Client();
  const conn = client.connect(hall.server.url);
  await conn.write(bytes("nonsense"));
  const answer = new Uint8Array(200);
  const read = await within(conn.read(answer), "answer");
  assert.match(
    new TextDecoder().decode(answer.subarray(0, read!)),
    /^"Received message is not JSON/,
  );
  assert.equal(await within(conn.read(answer), "end"), null);
  await client.close({ graceMs: 0 });
});

const LIMITS = { maxQueuedPosts: 50, maxQueuedBytes: 40_000 };
const SMALL_WINDOW = {
  client: { windows: { initialStreamWindow: 1000, growth: 0 } },
};

/** Takes what the slow member gets; says how many posts, and the notice. */
async function catchUp(
  slow: Guest,
): Promise<{ posts: number; notice: string }> {
  await slow.hear(1);
  for (let posts = 0;; posts++) {
    const [heard] = await slow.hear(1);
    if (heard.startsWith("System:")) return { posts, notice: heard };
    assert.match(heard, new RegExp(`^ann: ${posts} `));
  }
}

for (
  const [bound, length, most] of [
    ["posts", 10, LIMITS.maxQueuedPosts],
    ["bytes", 1500, LIMITS.maxQueuedBytes / 1500],
  ] as const
) {
  test(`a slow reader misses posts beyond its bound of ${bound}, and is told`, async () => {
    await using hall = await openHall({ history: 0, ...LIMITS });
    const quick = await hall.guest("quick");
    const slow = await hall.guest("slow", SMALL_WINDOW);
    await quick.hearUntil("System: slow logged in");
    const count = 3000;
    for (let turn = 0; turn < count; turn++) {
      await hall.fanOut.publish(
        makePost("ann", `${turn} ${"x".repeat(length)}`),
      );
      // Nobody waits for the slow one.
      await quick.hear(1);
    }
    const { posts, notice } = await catchUp(slow);
    // What its window, and the one message on its way, hold is not in the queue.
    assert.ok(posts >= most / 2 && posts <= most + 20, `${posts} posts`);
    assert.equal(notice, `System: ${count - posts} posts were dropped`);
    await hall.fanOut.publish(makePost("ann", "after"));
    assert.deepEqual(await slow.hear(1), ["ann: after"]);
  });
}

test("a member that floods is slowed down, and loses nothing", async () => {
  await using hall = await openHall();
  const ann = await hall.guest("ann");
  const eve = await hall.guest("eve");
  const count = 45;
  const start = performance.now();
  for (let turn = 0; turn < count; turn++) {
    eve.say(`${turn}`).catch(() => {});
  }
  await ann.say("in between");
  const heard = await ann.hearUntil(`eve: ${count - 1}`);
  const ms = performance.now() - start;
  assert.ok(heard.includes("ann: in between"));
  const flood = heard.filter((post) => post.startsWith("eve: "));
  assert.deepEqual(flood, [...flood.keys()].map((turn) => `eve: ${turn}`));
  // A burst of 30, and then 10 a second.
  assert.ok(ms > 1000 && ms < 4000, `${ms} ms`);
});

test("a member that floods and is cut is not heard all at once", async () => {
  await using hall = await openHall();
  const ann = await hall.guest("ann");
  const { conn } = await rawGuest(hall, "eve");
  await conn.write(bytes('{"Message":"buy"}'.repeat(1000)));
  // A burst is heard, and the rest waits when it is cut.
  await ann.hearUntil("eve: buy");
  conn.abort();
  const heard = await ann.hearUntil("System: eve logged out");
  assert.ok(heard.length < 100, `${heard.length} posts`);
});

test("a room that closes does not wait for a slow reader", async () => {
  await using hall = await openHall({ ...LIMITS });
  await hall.guest("slow", SMALL_WINDOW);
  for (let turn = 0; turn < 100; turn++) {
    await hall.fanOut.publish(makePost("ann", "x".repeat(1000)));
  }
  await within(hall.room.close(), "close");
});
