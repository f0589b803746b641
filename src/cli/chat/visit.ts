import process from "node:process";
import { ChatClient } from "../../chat/client.ts";
import { Refusal } from "../../chat/refusal.ts";
import type { ChatView } from "../../chat/view.ts";
import { ArgumentError, H2ConnError } from "../../errors.ts";
import { parseUrl } from "../client_options.ts";
import { CLIENT_TLS_OPTIONS, clientTls } from "../client_tls.ts";
import { onlyPositional, parseCommand } from "../command.ts";
import { EXIT_CODE, Failure } from "../exit_code.ts";

/** How long the server may take to hear of a ctrl-C. */
const INTERRUPT_MS = 2000;

const OPTIONS = {
  name: { type: "string" },
  plain: { type: "boolean" },
  json: { type: "boolean" },
  listen: { type: "boolean" },
  "no-reconnect": { type: "boolean" },
  h2c: { type: "boolean" },
  ...CLIENT_TLS_OPTIONS,
} as const;

/** Comes into a chat; resolves with the exit code when the user has left. */
export async function visitChat(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseCommand(args, OPTIONS);
  const url = parseUrl(onlyPositional("URL", positionals), values.h2c);
  const tls = await clientTls(values);
  const view = await openView(values);
  const name = values.name ?? await view.askName();
  if (name === undefined) return EXIT_CODE.OK;
  let lastReason: string | undefined;
  let inputFailure: Failure | undefined;
  const client = new ChatClient(url.href, {
    name,
    tls,
    reconnect: !values["no-reconnect"],
    onPost: (post) => view.showPost(post),
    onJoin: (isAgain) => {
      lastReason = undefined;
      if (isAgain) view.showNotice(`Back in the room as "${name}"`);
      else if (!values.listen) {
        speak(client, view, name).catch((error) => inputFailure = error);
      }
    },
    onLost: (reason) => {
      if (reason !== lastReason) view.showNotice(`${reason}; trying again`);
      lastReason = reason;
    },
  });
  const exitCode = await visit(client, view);
  if (inputFailure !== undefined) throw inputFailure;
  return exitCode;
}

async function visit(client: ChatClient, view: ChatView): Promise<number> {
  let isInterrupted = false;
  const interrupt = () => {
    // Who is asked twice goes at once.
    if (isInterrupted) process.exit(EXIT_CODE.INTERRUPTED);
    isInterrupted = true;
    void client.leave(INTERRUPT_MS);
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    await client.run();
  } catch (error) {
    if (error instanceof Refusal) {
      throw new Failure(EXIT_CODE.REFUSED, error.message, { cause: error });
    }
    // A reader that has gone, as in `| head -1`, has heard enough.
    const isHeard = (error as NodeJS.ErrnoException).code === "EPIPE";
    if (!isInterrupted && !isHeard) throw error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
    view.close();
  }
  return EXIT_CODE.OK;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Says what is entered, to its end; rejects if that cannot be read. */
async function speak(
  client: ChatClient,
  view: ChatView,
  name: string,
): Promise<void> {
  try {
    for await (const line of view.lines(name)) {
      if (line.trim() !== "") await say(client, view, line);
    }
  } catch (cause) {
    // It has left already, and run() says why.
    if (cause instanceof Refusal || cause instanceof H2ConnError) return;
    const message = `Cannot read standard input: ${(cause as Error).message}`;
    throw new Failure(EXIT_CODE.LOCAL, message, { cause });
  } finally {
    await client.leave();
  }
}

async function say(client: ChatClient, view: ChatView, line: string) {
  try {
    await client.say(line);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    view.showNotice("That is too long to say");
  }
}

/** Only who needs a view loads it. */
async function openView(
  { plain, json }: { plain?: boolean; json?: boolean },
): Promise<ChatView> {
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  if (isTerminal && !plain && !json) {
    return new (await import("../../chat/prompt_view.ts")).PromptView();
  }
  return new (await import("../../chat/plain_view.ts")).PlainView({ json });
}
