import { Client, type ClientOptions, serve, type Server } from "../../mod.ts";
import { chatHandler } from "../../src/chat/handler.ts";
import type { FanOut } from "../../src/chat/fan_out.ts";
import { MemoryFanOut } from "../../src/chat/memory_fan_out.ts";
import type { Post } from "../../src/chat/post.ts";
import { ChatRoom, type ChatRoomOptions } from "../../src/chat/room.ts";
import { jsonValues, type MessageConn } from "../../src/codec/mod.ts";
import { within } from "../support/pair.ts";

/** A server with a room, and who comes to it. */
export interface Hall extends AsyncDisposable {
  readonly server: Server;
  readonly room: ChatRoom;
  readonly fanOut: FanOut;
  /** Comes in, with a Client of its own. */
  guest(name: string, options?: GuestOptions): Promise<Guest>;
  /** Connects, says this, and gives the answer. */
  ask(name: unknown): Promise<unknown>;
}

export interface GuestOptions {
  key?: string;
  client?: ClientOptions;
}

/** Opens a room and serves it. */
export async function openHall(
  options: ChatRoomOptions = {},
  port = 0,
): Promise<Hall> {
  const fanOut = options.fanOut ?? new MemoryFanOut();
  const room = await ChatRoom.open({ ...options, fanOut });
  const server = await serve({ port }, chatHandler(room));
  const clients: Client[] = [];

  function connect({ key, client }: GuestOptions = {}) {
    const own = new Client(client);
    clients.push(own);
    const headers: HeadersInit = key ? { "h2conn-chat-key": key } : {};
    return jsonValues<unknown>(own.connect(server.url, { headers }));
  }

  return {
    server,
    room,
    fanOut,
    async guest(name, options) {
      const guest = new Guest(name, connect(options));
      await guest.enter();
      return guest;
    },
    async ask(name) {
      const messages = connect();
      await messages.send(name);
      return await within(messages.receive(), "answer");
    },
    async [Symbol.asyncDispose]() {
      await room.close();
      await Promise.all(clients.map((client) => client.close({ graceMs: 0 })));
      await server.shutdown(0);
    },
  };
}

/** A client that speaks the protocol by hand. */
export class Guest {
  readonly name: string;
  readonly messages: MessageConn<unknown>;

  constructor(name: string, messages: MessageConn<unknown>) {
    this.name = name;
    this.messages = messages;
  }

  async enter(): Promise<void> {
    await this.messages.send(this.name);
    const answer = await within(this.messages.receive(), "answer");
    if (answer !== "ok") throw new Error(`${this.name}: ${answer}`);
  }

  say(text: string): Promise<void> {
    return this.messages.send({ Message: text });
  }

  /** The next post, or undefined at the end. */
  next(): Promise<Post | undefined> {
    const next = this.messages.receive() as Promise<Post | undefined>;
    return within(next, `post for ${this.name}`);
  }

  /** The next posts as `User: Message`. */
  async hear(count: number): Promise<string[]> {
    const heard: string[] = [];
    while (heard.length < count) {
      const post = await this.next();
      heard.push(post ? `${post.User}: ${post.Message}` : "the end");
    }
    return heard;
  }

  /** Hears until this; gives what came before it too. */
  async hearUntil(message: string): Promise<string[]> {
    const heard: string[] = [];
    while (heard.at(-1) !== message) heard.push(...await this.hear(1));
    return heard;
  }
}
