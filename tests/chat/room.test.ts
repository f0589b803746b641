import assert from "node:assert/strict";
import { test } from "node:test";
import { makePost } from "../../src/chat/post.ts";
import { ChatRoom } from "../../src/chat/room.ts";
import { nameKey } from "../../src/chat/user_name.ts";
import { ArgumentError } from "../../mod.ts";
import { openHall } from "./guest.ts";

test("a client says its name, is told ok, and hears that it logged in", async () => {
  await using hall = await openHall();
  const ann = await hall.guest("ann");
  assert.deepEqual(await ann.hear(1), ["System: ann logged in"]);
});

test("a name that is in the room is refused, however it is written", async () => {
  await using hall = await openHall();
  await hall.guest("Ann");
  for (const name of ["Ann", "ann", " ANN ", "Ａnn"]) {
    assert.equal(await hall.ask(name), "user already exists");
  }
});

const INVISIBLE = "name has control or invisible characters";
const BRACKET = 'name has "<" or ">"';

const BAD_NAMES: [unknown, string][] = [
  ["", "name is empty"],
  ["  ", "name is empty"],
  ["x".repeat(33), "name is longer than 32 characters"],
  ["a\x1b[31mb", INVISIBLE],
  ["a\u202eb", INVISIBLE],
  ["a\u200bb", INVISIBLE],
  ["Sys\u034ftem", INVISIBLE],
  ["ann\ufe0f", INVISIBLE],
  ["\u3164", INVISIBLE],
  ["\u2800", INVISIBLE],
  ["bob> I quit, says me <x", BRACKET],
  ["bob\uff1e hello", BRACKET],
  ["system", 'name "system" is taken by the room'],
  [7, "name is not a string"],
  [null, "name is not a string"],
];

test("a name that cannot be is refused with the reason", async () => {
  await using hall = await openHall();
  for (const [name, answer] of BAD_NAMES) {
    assert.equal(await hall.ask(name), answer);
  }
  assert.equal(await hall.ask("x".repeat(32)), "ok");
});

test("a post goes to all, its sender too, in one order", async () => {
  await using hall = await openHall();
  const ann = await hall.guest("ann");
  const bob = await hall.guest("bob");
  await ann.say("one");
  await ann.say("two");
  const posts = ["ann: one", "ann: two"];
  assert.deepEqual(await ann.hearUntil(posts[1]), [
    "System: ann logged in",
    "System: bob logged in",
    ...posts,
  ]);
  assert.deepEqual(await bob.hearUntil(posts[1]), [
    "System: bob logged in",
    ...posts,
  ]);
});

test("the server says who posts, and when", async () => {
  await using hall = await openHall();
  const ann = await hall.guest("ann");
  await ann.messages.send({
    User: "System",
    Message: "I am the room",
    Time: "1999-01-01T00:00:00Z",
  });
  await ann.hear(1);
  const post = await ann.next();
  assert.deepEqual(Object.keys(post!), ["User", "Message", "Time"]);
  assert.equal(post!.User, "ann");
  assert.match(post!.Time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(Math.abs(Date.parse(post!.Time) - Date.now()) < 10_000);
});

test("what would steer a terminal is not passed on", async () => {
  await using hall = await openHall();
  const ann = await hall.guest("ann");
  await ann.say("\x1b[2Jred\x9b31m\r\nSystem: bye \u202eevil \ud800");
  assert.deepEqual(await ann.hear(2), [
    "System: ann logged in",
    "ann: [2Jred31m System: bye evil \ufffd",
  ]);
});

test("who leaves is announced, and gives the name back", async () => {
  await using hall = await openHall();
  const ann = await hall.guest("ann");
  const bob = await hall.guest("bob");
  await bob.messages.end();
  assert.deepEqual(await bob.hear(3), [
    "System: bob logged in",
    "System: bob logged out",
    "the end",
  ]);
  await ann.hearUntil("System: bob logged out");
  await hall.guest("bob");
});

test("who is cut is announced too", async () => {
  await using hall = await openHall();
  const ann = await hall.guest("ann");
  const bob = await hall.guest("bob");
  bob.messages.conn.abort();
  await ann.hearUntil("System: bob logged out");
});

test("a newcomer hears the last posts first, and no old logins", async () => {
  await using hall = await openHall({ history: 3 });
  const ann = await hall.guest("ann");
  for (let turn = 1; turn <= 5; turn++) await ann.say(`${turn}`);
  await ann.hearUntil("ann: 5");
  const bob = await hall.guest("bob");
  assert.deepEqual(await bob.hear(4), [
    "ann: 3",
    "ann: 4",
    "ann: 5",
    "System: bob logged in",
  ]);
});

test("a newcomer hears the newest posts of more than may wait for it", async () => {
  await using hall = await openHall({ history: 1000, maxQueuedPosts: 10 });
  for (let turn = 1; turn <= 30; turn++) {
    await hall.fanOut.publish(makePost("ann", `${turn}`));
  }
  const bob = await hall.guest("bob");
  // "ok" is the tenth.
  assert.deepEqual(await bob.hear(9), [
    ...[23, 24, 25, 26, 27, 28, 29, 30].map((turn) => `ann: ${turn}`),
    "System: bob logged in",
  ]);
  await bob.say("here");
  assert.deepEqual(await bob.hear(1), ["bob: here"]);
});

test("bytes are counted, and not characters", async () => {
  await using hall = await openHall({ maxQueuedBytes: 20_000 });
  for (let turn = 1; turn <= 5; turn++) {
    await hall.fanOut.publish(makePost("ann", `${turn}${"湖".repeat(1000)}`));
  }
  const bob = await hall.guest("bob");
  // Half of the bytes are for the history: three posts of 3 kB.
  const heard = await bob.hearUntil("System: bob logged in");
  assert.deepEqual(heard.map((post) => post.slice(0, 6)), [
    "ann: 3",
    "ann: 4",
    "ann: 5",
    "System",
  ]);
});

test("names that differ in what nobody sees are the same", () => {
  assert.equal(nameKey("Sys\u034ftem"), nameKey("System"));
  assert.equal(nameKey("\u3164ann\ufe0f"), nameKey("Ann"));
});

test("a user who comes in again takes its place, without a word", async () => {
  await using hall = await openHall();
  const key = "0123456789abcdef";
  const ann = await hall.guest("ann");
  const before = await hall.guest("bob", { key });
  const after = await hall.guest("bob", { key });
  assert.deepEqual(await before.hear(3), [
    "System: bob logged in",
    "System: You have come in again elsewhere",
    "the end",
  ]);
  await after.say("here");
  assert.deepEqual(await ann.hear(3), [
    "System: ann logged in",
    "System: bob logged in",
    "bob: here",
  ]);
});

test("a room is full at maxMembers", async () => {
  await using hall = await openHall({ maxMembers: 1 });
  const ann = await hall.guest("ann");
  assert.equal(await hall.ask("bob"), "the room is full");
  await ann.messages.end();
  await ann.hearUntil("the end");
  await hall.guest("bob");
});

test("a room that closes says so, and ends its Conns", async () => {
  await using hall = await openHall();
  const ann = await hall.guest("ann");
  await hall.room.close();
  assert.deepEqual(await ann.hear(3), [
    "System: ann logged in",
    "System: The server is shutting down",
    "the end",
  ]);
  assert.equal(await hall.ask("bob"), "the server is shutting down");
});

test("options out of range are refused", async () => {
  for (
    const options of [{ history: -1 }, { maxMembers: 0 }, { maxMembers: 1.5 }]
  ) {
    await assert.rejects(ChatRoom.open(options), ArgumentError);
  }
});
