import type { HttpProtocol, ServeInfo } from "../serve_info.ts";

/** A request that is being answered. */
export interface LiveStream {
  /** Method and path, without what a visitor may have put behind it. */
  readonly name: string;
  /** When it came, on the clock of `performance`. */
  readonly since: number;
}

/** A connection, while it has an open stream. */
export interface LiveSession {
  readonly protocol: HttpProtocol;
  readonly since: number;
  readonly streams: Set<LiveStream>;
}

/** What {@linkcode Traffic.watch} counts. */
export interface TrafficCount {
  /** Connections with open streams. */
  readonly sessions: number;
  /** Open streams of all of them. */
  readonly streams: number;
  /** The most streams that were open at once since the last count. */
  readonly peak: number;
  /** All streams since the start. */
  readonly total: number;
}

/** Counts the site's sessions and streams, by what its handler is told. */
export class Traffic {
  readonly since: number = performance.now();
  readonly #sessions = new Map<string, LiveSession>();
  readonly #peaks = new Set<{ streams: number }>();
  #open = 0;
  #total = 0;

  /** Each session, by the address of its other end. */
  get sessions(): ReadonlyMap<string, LiveSession> {
    return this.#sessions;
  }

  /** Open streams. */
  get open(): number {
    return this.#open;
  }

  /** Streams since the start. */
  get total(): number {
    return this.#total;
  }

  /** Counts a request until its response is sent, or cut. */
  enter(request: Request, info: ServeInfo): void {
    const { protocol } = info;
    const key = sessionKey(info);
    const since = performance.now();
    const session = this.#sessions.get(key) ??
      { protocol, since, streams: new Set() };
    const stream = {
      name: `${request.method} ${new URL(request.url).pathname}`.slice(0, 80),
      since,
    };
    this.#sessions.set(key, session);
    session.streams.add(stream);
    this.#open++;
    this.#total++;
    for (const peak of this.#peaks) {
      peak.streams = Math.max(peak.streams, this.#open);
    }
    const leave = () => {
      session.streams.delete(stream);
      this.#open--;
      if (session.streams.size === 0) this.#sessions.delete(key);
    };
    info.completed.then(leave, leave);
  }

  /** Counts again and again, for one who looks from time to time. */
  watch(): { count(): TrafficCount; end(): void } {
    const peak = { streams: this.#open };
    this.#peaks.add(peak);
    return {
      count: () => {
        const { streams } = peak;
        peak.streams = this.#open;
        return {
          sessions: this.#sessions.size,
          streams: this.#open,
          peak: streams,
          total: this.#total,
        };
      },
      end: () => void this.#peaks.delete(peak),
    };
  }
}

/** Names the connection of a request. */
export function sessionKey({ remoteAddr, localAddr }: ServeInfo): string {
  return `${remoteAddr?.hostname} ${remoteAddr?.port} ${localAddr?.port}`;
}
