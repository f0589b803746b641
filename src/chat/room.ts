import { ArgumentError } from "../errors.ts";
import type { FanOut, FanOutListener } from "./fan_out.ts";
import { History, sizedPost } from "./history.ts";
import type { Member } from "./member.ts";
import { MemoryFanOut } from "./memory_fan_out.ts";
import type { OutboxLimits } from "./outbox.ts";
import { makePost, type Post, SYSTEM } from "./post.ts";
import { Refusal } from "./refusal.ts";
import { nameKey } from "./user_name.ts";

/** How long members have to take what waits for them when the room closes. */
const CLOSE_GRACE_MS = 1000;

/** Options of {@linkcode ChatRoom.open}. */
export interface ChatRoomOptions {
  /** What makes one room of those of several servers. Default: none does. */
  fanOut?: FanOut;
  /**
   * How many posts a newcomer is shown. Default 50. Only the newest that fit
   * into `maxQueuedPosts` and half of `maxQueuedBytes` are.
   */
  history?: number;
  /** How many members this server takes. Default 1000. */
  maxMembers?: number;
  /** Posts that may wait for a member that reads slowly. Default 256. */
  maxQueuedPosts?: number;
  /** Bytes of those posts. Default 256 KiB. */
  maxQueuedBytes?: number;
  /** Is told what happens, a line each, for the operator. */
  log?(line: string): void;
}

/** The members on this server, and what they hear of those on others. */
export class ChatRoom implements AsyncDisposable {
  readonly #fanOut: FanOut;
  readonly #limits: OutboxLimits;
  readonly #maxMembers: number;
  readonly #log: (line: string) => void;
  readonly #history: History;
  readonly #members = new Map<string, Member>();
  /** What is said before and while a member waits for its name. */
  readonly #arrivals = new Set<History>();
  #closing: Promise<void> | undefined;

  private constructor(options: ChatRoomOptions) {
    this.#fanOut = options.fanOut ?? new MemoryFanOut();
    this.#log = options.log ?? (() => {});
    this.#maxMembers = count("maxMembers", options.maxMembers ?? 1000, 1);
    this.#limits = {
      maxPosts: count("maxQueuedPosts", options.maxQueuedPosts ?? 256, 1),
      maxBytes: count("maxQueuedBytes", options.maxQueuedBytes ?? 2 ** 18, 1),
    };
    const history = count("history", options.history ?? 50, 0);
    this.#history = new History(history, this.#limits.maxBytes / 2);
  }

  /**
   * Opens a room. Rejects with {@linkcode ArgumentError} for an option out of
   * range, and with what the fan-out says if its broker is out of reach.
   */
  static async open(options: ChatRoomOptions = {}): Promise<ChatRoom> {
    const room = new ChatRoom(options);
    try {
      await room.#fanOut.subscribe(room.#listener());
    } catch (error) {
      await room.#fanOut.close();
      throw error;
    }
    return room;
  }

  /**
   * What may wait for a member.
   *
   * @internal
   */
  get limits(): OutboxLimits {
    return this.#limits;
  }

  /**
   * Lets a member in: it is told so, gets the history and then every post.
   * Throws {@linkcode Refusal}.
   *
   * @internal
   */
  async enter(member: Member): Promise<void> {
    if (this.#closing !== undefined) throw closing();
    if (this.#members.size + this.#arrivals.size >= this.#maxMembers) {
      throw new Refusal("the room is full");
    }
    // What is said from now on is for the member, should it get in.
    const arrival = this.#arrival();
    this.#arrivals.add(arrival);
    let isIn;
    try {
      isIn = await this.#fanOut.claim(member.stay);
    } catch (error) {
      this.#log(`Cannot claim a name: ${(error as Error).message}`);
      throw new Refusal("the room is out of reach, try again later");
    } finally {
      this.#arrivals.delete(arrival);
    }
    if (!isIn) throw new Refusal("user already exists");
    if (this.#closing !== undefined) throw closing();
    // A Conn of the same user is dead, and nobody has noticed.
    this.#cut(this.#members.get(nameKey(member.name)));
    this.#members.set(nameKey(member.name), member);
    member.welcome(arrival.posts);
    this.#log(`${member.name} has come in`);
  }

  /**
   * Publishes what a member says, or tells it why that cannot be.
   *
   * @internal
   */
  async say(member: Member, text: string): Promise<void> {
    try {
      await this.#fanOut.publish(makePost(member.name, text));
    } catch (error) {
      this.#log(`Cannot publish: ${(error as Error).message}`);
      member.tell(`Your post may not have been delivered: "${text}"`);
    }
  }

  /**
   * Takes a member out. Its user is still there if it came in again.
   *
   * @internal
   */
  async leave(member: Member): Promise<void> {
    if (this.#members.get(nameKey(member.name)) !== member) return;
    // The user may come in at another server, and is still there until then.
    if (this.#closing !== undefined) return;
    this.#log(`${member.name} has left`);
    try {
      await this.#fanOut.release(member.stay);
    } catch {
      // The name lapses by itself.
    }
    if (this.#members.get(nameKey(member.name)) !== member) return;
    this.#members.delete(nameKey(member.name));
  }

  /** Sends all members away; they may come back to another server. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #listener(): FanOutListener {
    return {
      onPost: (post) => this.#give(post),
      onResumedElsewhere: (stay) => {
        const member = this.#members.get(nameKey(stay.name));
        if (member?.stay.id === stay.id) this.#cut(member);
      },
      onConnection: (isConnected) => {
        const text = isConnected
          ? "The other servers are within reach again"
          : "The other servers are out of reach: posts may be late or lost";
        this.#log(text);
        for (const member of this.#members.values()) member.tell(text);
      },
    };
  }

  /** The history, within what may wait for a member behind its `"ok"`. */
  #arrival(): History {
    const { maxPosts, maxBytes } = this.#limits;
    const arrival = new History(maxPosts - 1, maxBytes);
    for (const post of this.#history.posts) arrival.add(post);
    return arrival;
  }

  #give(post: Post): void {
    const sized = sizedPost(post);
    if (post.User !== SYSTEM) this.#history.add(sized);
    for (const arrival of this.#arrivals) arrival.add(sized);
    for (const member of this.#members.values()) member.take(sized);
  }

  async #close(): Promise<void> {
    const members = [...this.#members.values()];
    await Promise.all(members.map((member) => {
      member.tell("The server is shutting down");
      return member.seeOff(CLOSE_GRACE_MS);
    }));
    await this.#fanOut.close();
  }

  /** Sends away a member whose user has come in again. */
  #cut(member: Member | undefined): void {
    if (member === undefined) return;
    this.#members.delete(nameKey(member.name));
    member.tell("You have come in again elsewhere");
    void member.seeOff(CLOSE_GRACE_MS);
  }
}

function closing(): Refusal {
  return new Refusal("the server is shutting down");
}

function count(name: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new ArgumentError(
    `Option ${name} must be a whole number from ${least} on, not "${value}"`,
  );
}
