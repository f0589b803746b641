import { ArgumentError } from "../errors.ts";
import type { FanOut, FanOutListener, Stay } from "./fan_out.ts";
import { Pause } from "./pause.ts";
import { isPost, type Post } from "./post.ts";
import { RedisConnection } from "./redis_connection.ts";
import { RedisNames } from "./redis_names.ts";

/** How many posts Redis keeps, and about how many there are at most. */
const KEPT = 1000;
/** How long to wait for posts before asking again: a sign of life. */
const BLOCK_MS = 5000;
const RETRY_MS = 250;
const LEASE_MS = 15_000;

/** Options of a {@linkcode RedisFanOut}. */
export interface RedisFanOutOptions {
  /** Such as `"redis://127.0.0.1:6379"`; `"rediss:"` is TLS. */
  url: string;
  /** Which room of that Redis. Default `"main"`. */
  room?: string;
  /**
   * How long a server may be silent, in milliseconds, before the names of its
   * members are given back. Default 15 000.
   */
  leaseMs?: number;
}

/**
 * One room for all servers with the same Redis. The posts are a stream of
 * Redis, which is their one order, and from which a server takes what it missed
 * when it was out of reach.
 */
export class RedisFanOut implements FanOut {
  readonly #options: Required<RedisFanOutOptions>;
  readonly #stream: string;
  readonly #pause = new Pause();
  #commands: RedisConnection | undefined;
  #reader: RedisConnection | undefined;
  #names: RedisNames | undefined;
  #lastId = "0-0";
  #isConnected = true;
  #following: Promise<void> | undefined;
  #isClosed = false;

  /** Throws {@linkcode ArgumentError} at an option that cannot be. */
  constructor({ url, room = "main", leaseMs = LEASE_MS }: RedisFanOutOptions) {
    if (!/^[\w.-]{1,64}$/.test(room)) {
      throw new ArgumentError(`"${room}" cannot be the name of a room`);
    }
    this.#options = { url, room, leaseMs };
    this.#stream = `h2conn:{${room}}:posts`;
  }

  async subscribe(listener: FanOutListener): Promise<void> {
    const { url, room, leaseMs } = this.#options;
    this.#commands = await RedisConnection.open(url);
    this.#names = new RedisNames(this.#commands, {
      keys: [`h2conn:{${room}}:names`, `h2conn:{${room}}:lapses`, this.#stream],
      leaseMs,
      onLost: (stay) => listener.onResumedElsewhere(stay),
    });
    const kept = await this.#commands.command(
      ["XREVRANGE", this.#stream, "+", "-", "COUNT", `${KEPT}`],
    );
    this.#take((kept as Entry[]).reverse(), listener);
    this.#reader = await RedisConnection.open(url);
    this.#following = this.#follow(this.#reader, listener);
  }

  async publish(post: Post): Promise<void> {
    const text = JSON.stringify(post);
    const trim = ["MAXLEN", "~", `${KEPT}`];
    await this.#open.command(
      ["XADD", this.#stream, ...trim, "*", "post", text],
    );
  }

  claim(stay: Stay): Promise<boolean> {
    return this.#names!.claim(stay);
  }

  release(stay: Stay): Promise<void> {
    return this.#names!.release(stay);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#pause.end();
    this.#names?.close();
    this.#reader?.close();
    this.#commands?.close();
    await this.#following;
  }

  get #open(): RedisConnection {
    return this.#commands!;
  }

  async #follow(
    reader: RedisConnection,
    listener: FanOutListener,
  ): Promise<void> {
    while (!this.#isClosed) {
      try {
        // After an outage it answers at once, so that it is known to be over.
        const block = this.#isConnected ? ["BLOCK", `${BLOCK_MS}`] : [];
        const reply = await reader.command([
          ...["XREAD", "COUNT", "100", ...block],
          ...["STREAMS", this.#stream, this.#lastId],
        ], BLOCK_MS) as [string, Entry[]][] | null;
        this.#setConnected(true, listener);
        for (const [, entries] of reply ?? []) this.#take(entries, listener);
      } catch {
        if (this.#isClosed) return;
        this.#setConnected(false, listener);
        await this.#pause.wait(RETRY_MS);
      }
    }
  }

  #take(entries: readonly Entry[], listener: FanOutListener): void {
    for (const [id, [, text]] of entries) {
      this.#lastId = id;
      const post = parse(text);
      if (isPost(post)) listener.onPost(post);
    }
  }

  #setConnected(isConnected: boolean, listener: FanOutListener): void {
    if (isConnected === this.#isConnected) return;
    this.#isConnected = isConnected;
    if (isConnected) this.#names?.resume();
    listener.onConnection(isConnected);
  }
}

/** An id, and the name and the value of its one field. */
type Entry = [id: string, fields: [string, string]];

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Somebody else writes to the stream.
    return undefined;
  }
}
