import type { FanOut } from "../../chat/fan_out.ts";
import { chatHandler } from "../../chat/handler.ts";
import { ChatRoom } from "../../chat/room.ts";
import { serve } from "../../server.ts";
import {
  noPositionals,
  parseCommand,
  portNumber,
  wholeNumber,
} from "../command.ts";
import { EXIT_CODE } from "../exit_code.ts";
import { warnIfOpen } from "../open_warning.ts";
import { SERVER_TLS_OPTIONS, serverTls } from "../server_tls.ts";
import { onStopSignal } from "../stop_signal.ts";
import { printLine } from "../streams.ts";
import { say } from "../terminal.ts";

const SHUTDOWN_MS = 1000;

/** So that it fits into what may wait for who comes in, with room to spare. */
const MAX_HISTORY = 200;

const OPTIONS = {
  port: { type: "string", default: "8000" },
  host: { type: "string", default: "127.0.0.1" },
  ...SERVER_TLS_OPTIONS,
  history: { type: "string", default: "50" },
  redis: { type: "string" },
  room: { type: "string", default: "main" },
} as const;

/** Serves a chat until SIGINT or SIGTERM; resolves with the exit code. */
export async function serveChat(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseCommand(args, OPTIONS);
  noPositionals(positionals);
  const port = portNumber("port", values.port);
  const tls = await serverTls(values);
  const room = await ChatRoom.open({
    history: wholeNumber("history", values.history, { max: MAX_HISTORY }),
    fanOut: await openFanOut(values),
    log: say,
  });
  try {
    const server = await serve(
      { port, hostname: values.host, tls },
      chatHandler(room),
    );
    if (!tls?.ca) warnIfOpen(server, "nobody is asked who they are");
    const stopped = new Promise<void>((resolve) => onStopSignal(resolve));
    await printLine(`Listening on ${server.url}`);
    await stopped;
    await room.close();
    await server.shutdown(SHUTDOWN_MS);
  } finally {
    await room.close();
  }
  return EXIT_CODE.OK;
}

/** The dependency is loaded only by who asks for it. */
async function openFanOut(
  { redis, room }: { redis?: string; room: string },
): Promise<FanOut | undefined> {
  if (redis === undefined) return undefined;
  const { RedisFanOut } = await import("../../chat/redis_fan_out.ts");
  return new RedisFanOut({ url: redis, room });
}
