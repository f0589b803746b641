import assert from "node:assert/strict";
import { test } from "node:test";
import { ArgumentError } from "../../mod.ts";
import { ownName } from "../../src/chat/own_name.ts";

/** A user without a name, as in a container: the system throws. */
function nobody(): string {
  throw new Error("uv_os_get_passwd returned ENOENT");
}

test("a user is called what the system says", () => {
  const env = { USER: "bob" };
  assert.equal(ownName({ system: () => "ann", env }), "ann");
});

test("where the system does not know the user, the environment may", () => {
  const env = { USER: "ann", LOGNAME: "bob" };
  assert.equal(ownName({ system: nobody, env }), "ann");
  assert.equal(ownName({ system: nobody, env: { LOGNAME: "bob" } }), "bob");
  assert.equal(ownName({ system: () => "", env }), "ann");
});

test("Bun's word for a user that it does not know is no name", () => {
  const system = () => "unknown";
  assert.equal(ownName({ system, env: { LOGNAME: "ann" } }), "ann");
  assert.throws(() => ownName({ system, env: {} }), ArgumentError);
});

test("where nothing tells the user's name, it is asked for", () => {
  assert.throws(() => ownName({ system: nobody, env: {} }), (error) => {
    assert.ok(error instanceof ArgumentError);
    assert.match(error.message, /give one with --name$/);
    assert.match(String(error.cause), /ENOENT/);
    return true;
  });
});
