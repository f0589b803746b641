import assert from "node:assert/strict";
import { test } from "node:test";
import { openHall } from "./guest.ts";
import { missing } from "./service.ts";
import { Terminal } from "./terminal.ts";

const skip = missing("tmux");
const SIZE = { columns: 40, rows: 12 };

/** A screen without the times. */
function plain(screen: string): string {
  return screen.replace(/^\d\d:\d\d /gm, "");
}

test(
  "a terminal asks for the name, shows posts above the draft, and leaves by ctrl-C",
  { skip },
  async () => {
    await using hall = await openHall();
    const bob = await hall.guest("bob");
    await using terminal = new Terminal("chat_client", [hall.server.url], SIZE);
    await terminal.until((screen) => screen.endsWith("Name:"));
    terminal.type("ann");
    terminal.press("Enter");
    await terminal.until((screen) => screen.endsWith("ann>"));
    // A line that is sent is seen once, as the post that it is.
    terminal.type("hello");
    terminal.press("Enter");
    await terminal.until((screen) => /<ann> hello\nann>$/.test(screen));
    // The draft takes two rows; what comes goes above it.
    const draft = "a draft that is longer than a row is wide";
    terminal.type(draft);
    await terminal.until((screen) => screen.endsWith("wide"));
    for (let turn = 1; turn <= 3; turn++) await bob.say(`${turn}, 世界`);
    await terminal.until((screen) => screen.includes("3, 世界"));
    assert.equal(
      plain(terminal.screen),
      [
        "Name: ann",
        "ann logged in",
        "<ann> hello",
        "<bob> 1, 世界",
        "<bob> 2, 世界",
        "<bob> 3, 世界",
        "ann> a draft that is longer than a row i",
        "s wide",
      ].join("\n"),
    );
    // The keys of readline: to the start of the line, and a letter before it.
    terminal.press("C-a");
    terminal.type("[");
    terminal.press("Enter");
    await bob.hearUntil(`ann: [${draft}`);
    terminal.press("Up");
    await terminal.until((screen) =>
      /\nann> \[a draft that is longer than a row *\nis wide$/.test(screen)
    );
    terminal.press("C-c");
    await terminal.until((screen) => screen.endsWith("exit 0"));
    assert.match(plain(terminal.screen), /\nann logged out\nexit 0$/);
    await bob.hearUntil("System: ann logged out");
  },
);

test("a terminal says when the connection was lost, and keeps the draft", {
  skip,
}, async () => {
  const before = await openHall();
  const { port } = before.server.addr as { port: number };
  const args = ["--name", "ann", before.server.url];
  await using terminal = new Terminal("chat_client", args, SIZE);
  await terminal.until((screen) => screen.endsWith("ann>"));
  terminal.type("draft");
  await before[Symbol.asyncDispose]();
  await terminal.until((screen) => screen.includes("-- The server ended"));
  await using _ = await openHall({}, port);
  await terminal.until((screen) => screen.includes("-- Back in the room as"));
  await terminal.until((screen) => screen.endsWith("ann> draft"));
  // Ctrl-D leaves from an empty line.
  terminal.press("C-u", "C-d");
  await terminal.until((screen) => screen.endsWith("exit 0"));
});
