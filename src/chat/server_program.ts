import process from "node:process";
import { parseArgs } from "node:util";
import { ArgumentError } from "../errors.ts";
import { serve } from "../server.ts";
import type { FanOut } from "./fan_out.ts";
import { chatHandler } from "./handler.ts";
import { readPem } from "./pem_file.ts";
import { ChatRoom } from "./room.ts";

const SHUTDOWN_MS = 1000;

/** What `--help` prints. */
export const CHAT_SERVER_HELP = `Serves a chat.

Usage: chat-server [options]

Options:
  --port PORT       Where to listen; 0 takes any port (default 8000)
  --hostname HOST   The address to listen on (default 127.0.0.1)
  --cert FILE       The certificate, in PEM; without it, cleartext HTTP/2 (h2c)
  --key FILE        Its key
  --history COUNT   How many posts a newcomer is shown (default 50)
  --redis URL       One room for all servers with this Redis; needs the package
                    @redis/client
  --room NAME       Which room that is (default "main")`;

/**
 * The chat's server as a program, with these arguments. Resolves with the exit
 * code after SIGINT or SIGTERM, and rejects if it cannot listen or not reach
 * its Redis.
 */
export async function runChatServer(args: readonly string[]): Promise<number> {
  const values = parse(args);
  const room = await ChatRoom.open({
    history: Number(values.history),
    fanOut: await openFanOut(values),
    log: (line) => console.error(line),
  });
  const { cert, key, hostname } = values;
  try {
    const tls = cert && key
      ? { cert: await readPem(cert), key: await readPem(key) }
      : undefined;
    const port = Number(values.port);
    const server = await serve({ port, hostname, tls }, chatHandler(room));
    console.log(`Listening on ${server.url}`);
    await interrupted();
    await room.close();
    await server.shutdown(SHUTDOWN_MS);
  } finally {
    await room.close();
  }
  return 0;
}

/** The dependency is loaded only by who asks for it. */
async function openFanOut(
  { redis, room }: { redis?: string; room: string },
): Promise<FanOut | undefined> {
  if (redis === undefined) return undefined;
  const { RedisFanOut } = await import("./redis_fan_out.ts");
  return new RedisFanOut({ url: redis, room });
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => resolve());
    }
  });
}

function parse(args: readonly string[]) {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        port: { type: "string", default: "8000" },
        hostname: { type: "string" },
        cert: { type: "string" },
        key: { type: "string" },
        history: { type: "string", default: "50" },
        redis: { type: "string" },
        room: { type: "string", default: "main" },
      },
    }));
  } catch (cause) {
    throw new ArgumentError((cause as Error).message, { cause });
  }
  if ((values.cert === undefined) !== (values.key === undefined)) {
    throw new ArgumentError("Options --cert and --key go together");
  }
  return values;
}
