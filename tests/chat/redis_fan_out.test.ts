import assert from "node:assert/strict";
import { test } from "node:test";
import { ArgumentError, ConnectError } from "../../mod.ts";
import { RedisFanOut } from "../../src/chat/redis_fan_out.ts";
import { within } from "../support/pair.ts";
import { startProxy } from "../support/tcp_proxy.ts";
import { type Hall, openHall } from "./guest.ts";
import { missing, startRedis } from "./service.ts";

const skip = missing("redis-server");
const LEASE_MS = 900;

/** A server whose room is that of all others with this Redis. */
function openHallOn(redis: { port: number }, room = "main"): Promise<Hall> {
  const url = `redis://127.0.0.1:${redis.port}`;
  const fanOut = new RedisFanOut({ url, room, leaseMs: LEASE_MS });
  return openHall({ fanOut });
}

test(
  "members of two servers hear each other, in one order",
  { skip },
  async () => {
    await using redis = await startRedis();
    await using one = await openHallOn(redis);
    await using two = await openHallOn(redis);
    const ann = await one.guest("ann");
    const bob = await two.guest("bob");
    await ann.hearUntil("System: bob logged in");
    for (let turn = 0; turn < 10; turn++) {
      await Promise.all([ann.say(`a${turn}`), bob.say(`b${turn}`)]);
    }
    const heard = await ann.hear(20);
    for (const [name, letter] of [["ann", "a"], ["bob", "b"]]) {
      const own = heard.filter((post) => post.startsWith(name));
      const said = own.map((_, turn) => `${name}: ${letter}${turn}`);
      assert.equal(own.length, 10);
      assert.deepEqual(own, said);
    }
    assert.equal(await bob.next().then((post) => post?.User), "System");
    assert.deepEqual(await bob.hear(20), heard);
  },
);

test("a room of another name is another room", { skip }, async () => {
  await using redis = await startRedis();
  await using one = await openHallOn(redis, "one");
  await using two = await openHallOn(redis, "two");
  await one.guest("ann");
  const ann = await two.guest("ann");
  await ann.say("alone");
  assert.deepEqual(await ann.hear(2), ["System: ann logged in", "ann: alone"]);
});

test("a name is in use once on all servers", { skip }, async () => {
  await using redis = await startRedis();
  await using one = await openHallOn(redis);
  await using two = await openHallOn(redis);
  const ann = await one.guest("ann");
  assert.equal(await two.ask("Ann"), "user already exists");
  await ann.messages.end();
  await ann.hearUntil("the end");
  await two.guest("Ann");
});

test("a newcomer hears the history of all servers, and of earlier ones", {
  skip,
}, async () => {
  await using redis = await startRedis();
  {
    await using one = await openHallOn(redis);
    await using two = await openHallOn(redis);
    const ann = await one.guest("ann");
    const bob = await two.guest("bob");
    await ann.say("first");
    await bob.hearUntil("ann: first");
    await bob.say("second");
    await ann.hearUntil("bob: second");
  }
  await using three = await openHallOn(redis);
  const eve = await three.guest("eve");
  assert.deepEqual(await eve.hear(2), ["ann: first", "bob: second"]);
});

test(
  "a user comes in at another server, and keeps the name",
  { skip },
  async () => {
    await using redis = await startRedis();
    await using one = await openHallOn(redis);
    await using two = await openHallOn(redis);
    const key = "0123456789abcdef";
    const bob = await two.guest("bob");
    const before = await one.guest("ann", { key });
    await bob.hearUntil("System: ann logged in");
    const after = await two.guest("ann", { key });
    // The old server finds out when it renews its names.
    await before.hearUntil("System: You have come in again elsewhere");
    await before.hearUntil("the end");
    await after.say("here");
    assert.deepEqual(await bob.hear(1), ["ann: here"]);
  },
);

test(
  "the members of a server that is gone log out after a time",
  { skip },
  async () => {
    await using redis = await startRedis();
    await using two = await openHallOn(redis);
    const bob = await two.guest("bob");
    {
      await using one = await openHallOn(redis);
      await one.guest("ann");
      await bob.hearUntil("System: ann logged in");
    }
    assert.equal(await two.ask("ann"), "user already exists");
    await bob.hearUntil("System: ann logged out");
    await two.guest("ann");
  },
);

test(
  "members are told when Redis is lost and when it is back",
  { skip },
  async () => {
    await using redis = await startRedis();
    await using one = await openHallOn(redis);
    await using two = await openHallOn(redis);
    const ann = await one.guest("ann");
    const bob = await two.guest("bob");
    await ann.hearUntil("System: bob logged in");
    await redis.stop();
    const lost =
      "System: The other servers are out of reach: posts may be late or lost";
    await ann.hearUntil(lost);
    await bob.hearUntil(lost);
    await ann.say("into the void");
    await ann.hearUntil(
      'System: Your post may not have been delivered: "into the void"',
    );
    assert.equal(
      await one.ask("eve"),
      "the room is out of reach, try again later",
    );
    // It comes back without what it knew.
    await redis.start();
    const back = "System: The other servers are within reach again";
    await ann.hearUntil(back);
    await bob.hearUntil(back);
    await ann.say("again");
    await bob.hearUntil("ann: again");
    // The servers tell it which names are in use.
    await until(async () => await two.ask("ann") === "user already exists");
  },
);

test("what was said while a server could not hear it comes late, not never", {
  skip,
}, async () => {
  await using redis = await startRedis();
  await using proxy = await startProxy(redis.port);
  await using one = await openHallOn(proxy);
  await using two = await openHallOn(redis);
  const ann = await one.guest("ann");
  const bob = await two.guest("bob");
  await ann.hearUntil("System: bob logged in");
  proxy.cutServer("RST");
  for (let turn = 0; turn < 20; turn++) await bob.say(`${turn}`);
  const heard = await ann.hearUntil("bob: 19");
  assert.deepEqual(
    heard.filter((post) => post.startsWith("bob: ")),
    [...heard.keys()].slice(0, 20).map((turn) => `bob: ${turn}`),
  );
});

test("a server does not start without its Redis, and says why", async () => {
  const lost = new RedisFanOut({ url: "redis://:secret@127.0.0.1:9" });
  await assert.rejects(within(openHall({ fanOut: lost }), "end"), (error) => {
    assert.ok(error instanceof ConnectError);
    assert.equal(error.message, 'Cannot connect to Redis at "127.0.0.1:9"');
    return true;
  });
  const nonsense = new RedisFanOut({ url: "nonsense" });
  await assert.rejects(openHall({ fanOut: nonsense }), ArgumentError);
  assert.throws(
    () => new RedisFanOut({ url: "redis://127.0.0.1", room: "a b" }),
    ArgumentError,
  );
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 5000;
  while (!await isSo()) {
    assert.ok(performance.now() < end, "not in 5 s");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
