/** What is said in a room: Go's `chat.Post`, with its field names. */
export interface Post {
  /** Who says it. The server sets it, whatever a client sends. */
  readonly User: string;
  /** One line of text. */
  readonly Message: string;
  /** When the server got it, as RFC 3339. The server sets it too. */
  readonly Time: string;
}

/** The user who says what the room itself has to say. Nobody can be called so. */
export const SYSTEM = "System";

/** Most bytes of a message's text, in UTF-8. */
export const MAX_TEXT_BYTES = 4096;

/**
 * Most bytes of a post in JSON: escaped, each byte of its text may be six, and
 * there are the name and the time.
 */
export const MAX_POST_BYTES = 32 * 1024;

/** A post of this moment. */
export function makePost(user: string, message: string): Post {
  return { User: user, Message: message, Time: new Date().toISOString() };
}

/** Whether what was received is a post. */
export function isPost(value: unknown): value is Post {
  const { User, Message, Time } = (value ?? {}) as Record<string, unknown>;
  return typeof User === "string" && typeof Message === "string" &&
    typeof Time === "string" && !Number.isNaN(Date.parse(Time));
}

/** What the room says when somebody has come in. */
export function loggedIn(name: string): Post {
  return makePost(SYSTEM, `${name} logged in`);
}

/** What the room says when somebody has left. */
export function loggedOut(name: string): Post {
  return makePost(SYSTEM, `${name} logged out`);
}
