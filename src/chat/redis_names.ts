import { Timer } from "../timer.ts";
import type { Stay } from "./fan_out.ts";
import { loggedIn, loggedOut } from "./post.ts";
import type { RedisConnection } from "./redis_connection.ts";
import { CLAIM, LAPSED, RELEASE, RENEW } from "./redis_scripts.ts";
import { nameKey } from "./user_name.ts";

/** How soon to try again when Redis is out of reach. */
const RETRY_MS = 250;

/**
 * The names in use on all servers, as leases: each server keeps those of its
 * members by saying so now and then. The names of a server that does not are
 * given back by the others, after a time in which its users can come in
 * elsewhere.
 */
export class RedisNames {
  readonly #redis: RedisConnection;
  readonly #keys: readonly string[];
  readonly #leaseMs: number;
  readonly #onLost: (stay: Stay) => void;
  readonly #stays = new Map<string, Stay>();
  readonly #timer: Timer;
  /** The first time that what has lapsed may be given back. */
  #sweepFrom = 0;
  #isClosed = false;

  constructor(
    redis: RedisConnection,
    { keys, leaseMs, onLost }: {
      keys: readonly string[];
      leaseMs: number;
      onLost: (stay: Stay) => void;
    },
  ) {
    this.#redis = redis;
    this.#keys = keys;
    this.#leaseMs = leaseMs;
    this.#onLost = onLost;
    this.#timer = new Timer(() => void this.#keep(), { ref: false });
    this.resume();
  }

  /**
   * Redis is there, and may have forgotten: tells it which names are in use
   * here. The other servers have a lease's time to do the same.
   */
  resume(): void {
    this.#sweepFrom = performance.now() + this.#leaseMs;
    this.#timer.set(0);
  }

  async claim(stay: Stay): Promise<boolean> {
    const post = JSON.stringify(loggedIn(stay.name));
    const name = nameKey(stay.name);
    const isClaimed = await this.#run(CLAIM, [
      name,
      stay.key,
      encode(stay),
      `${this.#leaseMs}`,
      post,
    ]);
    if (isClaimed === 0) return false;
    this.#stays.set(name, stay);
    return true;
  }

  async release(stay: Stay): Promise<void> {
    const name = nameKey(stay.name);
    if (this.#stays.get(name)?.id === stay.id) this.#stays.delete(name);
    await this.#release(name, encode(stay), false);
  }

  close(): void {
    this.#isClosed = true;
    this.#timer.clear();
  }

  async #keep(): Promise<void> {
    let nextMs = this.#leaseMs / 3;
    try {
      await this.#renew();
      if (performance.now() >= this.#sweepFrom) await this.#sweep();
    } catch {
      nextMs = RETRY_MS;
    }
    if (!this.#isClosed) this.#timer.set(nextMs);
  }

  async #renew(): Promise<void> {
    if (this.#stays.size === 0) return;
    const args = [`${this.#leaseMs}`];
    for (const [name, stay] of this.#stays) args.push(name, encode(stay));
    const lost = await this.#run(RENEW, args) as string[];
    for (const text of lost) {
      const stay = decode(text);
      const name = nameKey(stay.name);
      if (this.#stays.get(name)?.id !== stay.id) continue;
      this.#stays.delete(name);
      this.#onLost(stay);
    }
  }

  async #sweep(): Promise<void> {
    const lapsed = await this.#run(LAPSED, []) as string[];
    for (let at = 0; at < lapsed.length; at += 2) {
      await this.#release(lapsed[at], lapsed[at + 1], true);
    }
  }

  #release(name: string, stay: string, isLapsed: boolean): Promise<unknown> {
    const post = JSON.stringify(loggedOut(decode(stay).name));
    return this.#run(RELEASE, [name, stay, post, isLapsed ? "1" : "0"]);
  }

  #run(script: string, args: string[]): Promise<unknown> {
    const keys = this.#keys;
    return this.#redis.command([
      "EVAL",
      script,
      `${keys.length}`,
      ...keys,
      ...args,
    ]);
  }
}

function encode({ key, id, name }: Stay): string {
  return `${key}:${id}:${name}`;
}

function decode(text: string): Stay {
  const [key, id, ...name] = text.split(":");
  return { key, id, name: name.join(":") };
}
