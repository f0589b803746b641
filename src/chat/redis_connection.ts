import { ArgumentError, ConnectError, TimeoutError } from "../errors.ts";
import { Timer } from "../timer.ts";

const CONNECT_MS = 5000;
const COMMAND_MS = 5000;
const MAX_RETRY_MS = 2000;

/** What is used of a client of the package `@redis/client`. */
interface RedisClient {
  connect(): Promise<unknown>;
  sendCommand(args: string[]): Promise<unknown>;
  on(event: string, listener: () => void): unknown;
  destroy(): void;
}

/**
 * A connection to Redis that is made again when it is lost. Commands fail at
 * once while it is, and when they take too long: nobody is to wait for a broker
 * without knowing.
 */
export class RedisConnection {
  readonly #client: RedisClient;
  readonly #host: string;
  #isClosed = false;

  private constructor(client: RedisClient, host: string) {
    this.#client = client;
    this.#host = host;
  }

  /** Rejects with {@linkcode ConnectError} if Redis is out of reach. */
  static async open(url: string): Promise<RedisConnection> {
    const host = hostOf(url);
    const { createClient } = await loadPackage();
    let isOpen = false;
    const client = createClient({
      url,
      RESP: 2,
      disableOfflineQueue: true,
      socket: {
        connectTimeout: CONNECT_MS,
        reconnectStrategy(retries: number, cause: Error) {
          if (!isOpen) return cause;
          return Math.min(50 * 2 ** retries, MAX_RETRY_MS);
        },
      },
    });
    // Each command is told itself, and this is not to end the process.
    client.on("error", () => {});
    try {
      await client.connect();
    } catch (cause) {
      client.destroy();
      throw new ConnectError("tcp", `Cannot connect to Redis at "${host}"`, {
        cause,
      });
    }
    isOpen = true;
    return new RedisConnection(client, host);
  }

  /** Sends a command; `waitMs` is what the command itself waits. */
  command(args: string[], waitMs = 0): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const late = `Redis at "${this.#host}" did not answer in time`;
      const timer = new Timer(() => reject(new TimeoutError(late)));
      timer.set(COMMAND_MS + waitMs);
      this.#client.sendCommand(args).then(resolve, (cause) => {
        const what = `Redis at "${this.#host}" is out of reach or refuses`;
        reject(new ConnectError("tcp", what, { cause }));
      }).finally(() => timer.clear());
    });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#client.destroy();
  }
}

/** The URL may hold a password, which no message is to show. */
function hostOf(url: string): string {
  const host = URL.canParse(url) ? new URL(url).host : "";
  if (/^rediss?:/.test(url) && host !== "") return host;
  throw new ArgumentError(
    `The URL of Redis must be like "redis://127.0.0.1:6379"`,
  );
}

async function loadPackage() {
  try {
    return await import("@redis/client");
  } catch (cause) {
    throw new ArgumentError(
      `Redis needs the package "@redis/client", which is not installed`,
      { cause },
    );
  }
}
