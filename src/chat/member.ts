import type { MessageConn } from "../codec/message_conn.ts";
import type { Stay } from "./fan_out.ts";
import { type SizedPost, sizedPost } from "./history.ts";
import { Outbox, type OutboxLimits } from "./outbox.ts";
import { makePost, type Post, SYSTEM } from "./post.ts";

/** What a server sends: the answer to the name, then posts. */
export type ServerMessage = string | Post;

/** Somebody in the room, from this server's view. */
export class Member {
  readonly stay: Stay;
  readonly #messages: MessageConn<ServerMessage, unknown>;
  readonly #outbox: Outbox<ServerMessage>;
  #leaving: Promise<void> | undefined;

  constructor(
    stay: Stay,
    messages: MessageConn<ServerMessage, unknown>,
    limits: OutboxLimits,
  ) {
    this.stay = stay;
    this.#messages = messages;
    this.#outbox = new Outbox<ServerMessage>(limits, {
      send: (message) => messages.send(message),
      notice: (dropped) => makePost(SYSTEM, droppedNotice(dropped)),
    });
  }

  get name(): string {
    return this.stay.name;
  }

  /** Lets it in: its name is accepted, and this was said before it came. */
  welcome(history: readonly SizedPost[]): void {
    this.#outbox.push("ok", 0);
    for (const post of history) this.take(post);
  }

  /** Gives it a post. */
  take({ post, size }: SizedPost): void {
    this.#outbox.push(post, size);
  }

  /** Tells it something that nobody else hears. */
  tell(text: string): void {
    this.take(sizedPost(makePost(SYSTEM, text)));
  }

  /** Sends what waits, for so long at most, and then closes its Conn. */
  seeOff(graceMs: number): Promise<void> {
    this.#leaving ??= this.#close(graceMs);
    return this.#leaving;
  }

  async #close(graceMs: number): Promise<void> {
    this.#messages.conn.setWriteDeadline(Date.now() + graceMs);
    await this.#outbox.close();
    await this.#messages.close();
  }
}

function droppedNotice(dropped: number): string {
  return dropped === 1 ? "1 post was dropped" : `${dropped} posts were dropped`;
}
