import assert from "node:assert/strict";
import { MessageError, type MessageFault } from "../../mod.ts";
import type { MessageConn } from "../../src/codec/mod.ts";

/** Everything that was received, and how it ended. */
export interface Outcome<T> {
  readonly values: T[];
  readonly end: "end" | MessageFault;
}

/** Receives until the end, or an error that a codec may make. */
export async function outcome<T>(
  messages: MessageConn<never, T>,
): Promise<Outcome<T>> {
  const values: T[] = [];
  try {
    for await (const value of messages) values.push(value);
    return { values, end: "end" };
  } catch (error) {
    assert.ok(error instanceof MessageError, String(error));
    assert.equal(error.code, "ERR_MESSAGE");
    return { values, end: error.fault };
  }
}
