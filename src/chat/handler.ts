import { handle } from "../accept.ts";
import { jsonValues } from "../codec/json_values.ts";
import type { MessageConn } from "../codec/message_conn.ts";
import type { Conn } from "../conn.ts";
import { MessageError, TimeoutError } from "../errors.ts";
import type { Handler } from "../server.ts";
import { cleanText } from "./clean_text.ts";
import { Member, type ServerMessage } from "./member.ts";
import { Pace } from "./pace.ts";
import { MAX_POST_BYTES, MAX_TEXT_BYTES } from "./post.ts";
import { HEARTBEAT_MS, KEY_HEADER } from "./protocol.ts";
import { Refusal } from "./refusal.ts";
import type { ChatRoom } from "./room.ts";
import { userName } from "./user_name.ts";

/** How long a client may take to say its name. */
const NAME_MS = 10_000;
/** How long a client may take to read what waits when it leaves. */
const LEAVE_MS = 5000;
/** A post is an object of strings. */
const MAX_DEPTH = 2;
const PACE = { perSecond: 10, burst: 30 };

/**
 * Lets clients into the room: each says its name, is told `"ok"` or why not,
 * and then says and hears posts, all in JSON. Go's example/chat.
 */
export function chatHandler(room: ChatRoom): Handler {
  return handle((conn, request) =>
    visit(room, conn, request.headers.get(KEY_HEADER))
  );
}

async function visit(
  room: ChatRoom,
  conn: Conn,
  key: string | null,
): Promise<void> {
  const messages = jsonValues<ServerMessage, unknown>(conn, {
    maxMessageSize: MAX_POST_BYTES,
    maxDepth: MAX_DEPTH,
    heartbeatInterval: HEARTBEAT_MS,
  });
  const member = await enter(room, messages, key);
  if (member === undefined) return await messages.close();
  try {
    await listen(room, member, messages);
  } catch (error) {
    if (!isClients(error)) throw error;
    member.tell(`Cannot read what you sent: ${(error as Error).message}`);
  } finally {
    await room.leave(member);
    await member.seeOff(LEAVE_MS);
  }
}

/** The member that has come in, or undefined if it was told why not. */
async function enter(
  room: ChatRoom,
  messages: MessageConn<ServerMessage, unknown>,
  key: string | null,
): Promise<Member | undefined> {
  const { conn } = messages;
  conn.setReadDeadline(Date.now() + NAME_MS);
  try {
    const name = userName(await messages.receive());
    const id = crypto.randomUUID();
    const stay = { name, id, key: isKey(key) ? key : id };
    const member = new Member(stay, messages, room.limits);
    await room.enter(member);
    conn.setReadDeadline(null);
    return member;
  } catch (error) {
    if (!isClients(error)) throw error;
    conn.setWriteDeadline(Date.now() + LEAVE_MS);
    await messages.send((error as Error).message).catch(() => {});
    return undefined;
  }
}

/** Publishes what the member says, until it ends its side. */
async function listen(
  room: ChatRoom,
  member: Member,
  messages: MessageConn<ServerMessage, unknown>,
): Promise<void> {
  const pace = new Pace(PACE);
  const endPace = () => pace.end();
  messages.conn.closed.then(endPace, endPace);
  for await (const value of messages) {
    const text = textOf(value);
    const fault = faultOf(text);
    if (fault !== undefined) member.tell(fault);
    else await room.say(member, text);
    // Who floods and is cut is not to be heard all at once.
    if (!await pace.next()) return;
  }
}

/** The text of a Go `Post`; who says it, and when, the server knows better. */
function textOf(value: unknown): string {
  const { Message } = (value ?? {}) as { Message?: unknown };
  if (typeof Message === "string") return cleanText(Message).trim();
  throw new MessageError("malformed", `a post has a string "Message"`);
}

function faultOf(text: string): string | undefined {
  if (text === "") return "Your post is empty";
  if (new TextEncoder().encode(text).length <= MAX_TEXT_BYTES) return undefined;
  return `Your post is longer than ${MAX_TEXT_BYTES} bytes, and was not sent`;
}

function isKey(key: string | null): key is string {
  return key !== null && /^[\w-]{16,64}$/.test(key);
}

/** Whether the client is at fault, and still there to be told. */
function isClients(error: unknown): boolean {
  return error instanceof Refusal || error instanceof MessageError ||
    error instanceof TimeoutError;
}
