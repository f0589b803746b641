import process from "node:process";
import type { Client } from "../client.ts";
import type { Conn } from "../conn.ts";
import { ArgumentError } from "../errors.ts";
import {
  CLIENT_HELP,
  CLIENT_OPTIONS,
  type Destination,
  destination,
} from "./client_options.ts";
import { type Command, onlyPositional, parseCommand } from "./command.ts";
import { converse, type Traffic } from "./conversation.ts";
import { errorText } from "./error_text.ts";
import { EXIT_CODE, exitCodeOf, Failure } from "./exit_code.ts";
import { jsonTraffic, lineTraffic } from "./message_traffic.ts";
import { Meter } from "./meter.ts";
import { send } from "./streams.ts";
import { tell, tellTotals } from "./transcript.ts";

const HELP =
  `Standard input to a server and back to standard output, like netcat.

Usage: h2conn connect [options] URL

The end of standard input ends this direction; what the server still sends
comes. A URL without "http:" or "https:" is one of "https:".

Options:
${CLIENT_HELP}
  --json                 JSON values, each on a line, both ways; others fail
  --lines                Lines of text in UTF-8, both ways; others fail
  -v, --verbose          Show addresses, headers and resets on standard error

Exit code:
  0    Both sides have ended cleanly, or standard output was closed
  1    Could not connect
  2    Wrong usage
  3    The server refused with a status
  4    It was cut after it was open
  5    A file, standard input or output, or a malformed message
  130  Ctrl-C

Example: to "h2conn serve" and back
  echo hello | h2conn connect http://127.0.0.1:8000`;

const OPTIONS = {
  ...CLIENT_OPTIONS,
  json: { type: "boolean" },
  lines: { type: "boolean" },
  verbose: { type: "boolean", short: "v" },
} as const;

export const connectCommand: Command = {
  name: "connect",
  summary: "Connect like netcat: standard input and output",
  help: HELP,
  async run(args) {
    const { values, positionals } = parseCommand(args, OPTIONS);
    if (values.json && values.lines) {
      throw new ArgumentError("Options --json and --lines exclude each other");
    }
    const url = onlyPositional("URL", positionals);
    const target = await destination(url, values);
    const { client } = target;
    const conn = client.connect(target.url, target.request);
    const format = values.json
      ? jsonTraffic
      : values.lines
      ? lineTraffic
      : byteTraffic;
    try {
      return await connect(conn, target, {
        format,
        isVerbose: values.verbose ?? false,
      });
    } finally {
      await end(client);
    }
  },
};

interface ConnectSettings {
  format(conn: Conn): Traffic;
  readonly isVerbose: boolean;
}

async function connect(
  conn: Conn,
  target: Destination,
  { format, isVerbose }: ConnectSettings,
): Promise<number> {
  const meter = new Meter();
  const interrupted = onInterrupt(conn);
  let isOpen = false;
  conn.opened.then(() => isOpen = true, () => {});
  const told = isVerbose ? tell(conn, target) : undefined;
  // Progress is for who sees it and not the bytes themselves.
  if (process.stderr.isTTY && !process.stdout.isTTY) meter.show(process.stderr);
  try {
    const talk = converse(conn, metered(format(conn), meter));
    return await Promise.race([talk.then(() => EXIT_CODE.OK), interrupted]);
  } catch (error) {
    if ((error as { code?: string }).code === "EPIPE") return EXIT_CODE.OK;
    const exitCode = connectExitCode(error, isOpen);
    throw new Failure(exitCode, errorText(error), { cause: error });
  } finally {
    meter.hide();
    await told;
    if (isVerbose) tellTotals(meter);
  }
}

function byteTraffic(conn: Conn): Traffic {
  return { send: (input) => send(conn, input), receive: () => conn };
}

function metered(traffic: Traffic, meter: Meter): Traffic {
  return {
    send: (input) => traffic.send(meter.countSent(input)),
    receive: () => meter.countReceived(traffic.receive()),
  };
}

function onInterrupt(conn: Conn): Promise<number> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => {
      resolve(EXIT_CODE.INTERRUPTED);
      conn.abort();
    });
  });
}

/** Whether a connection could not be made or was lost, its error is the same. */
function connectExitCode(error: unknown, isOpen: boolean): number {
  const code = exitCodeOf(error);
  if (code !== EXIT_CODE.UNREACHABLE && code !== EXIT_CODE.CUT) return code;
  return isOpen ? EXIT_CODE.CUT : EXIT_CODE.UNREACHABLE;
}

/** Waits until what was sent has reached the peer's system, or cannot. */
function end(client: Client): Promise<void> {
  return client.close({ graceMs: 0 });
}
