import process from "node:process";
import { parseArgs } from "node:util";
import { ArgumentError } from "../errors.ts";
import { ChatClient } from "./client.ts";
import { readPem } from "./pem_file.ts";
import type { ChatView } from "./view.ts";

/** How long the server may take to hear of a ctrl-C. */
const INTERRUPT_MS = 2000;

/** What `--help` prints. */
export const CHAT_HELP = `Comes into a chat and stays until ctrl-C or ctrl-D.

Usage: chat [options] URL

Options:
  --name NAME       What to be called in the room (default: a terminal asks,
                    otherwise the name of the user)
  --plain           Lines in, lines out, as without a terminal
  --json            The same, each post out as an object of JSON
  --listen          Say nothing: standard input is not read
  --no-reconnect    End when the connection is lost
  --ca FILE         A CA to trust, in PEM
  --insecure        Take any certificate: for tests only

In a pipe, standard input is said line by line, and its end is the end of the
visit. Posts go to standard output, notices to standard error.

Example: hear a room, and say one thing to it
  chat http://127.0.0.1:8000
  echo "The build is done" | chat --name builder http://127.0.0.1:8000`;

/**
 * The chat's client as a program, with these arguments. Resolves with the exit
 * code when its user has left, and rejects with what went wrong: see
 * {@linkcode ChatClient.run}.
 */
export async function runChat(args: readonly string[]): Promise<number> {
  const { url, values } = parse(args);
  const tls = {
    ca: values.ca === undefined ? undefined : await readPem(values.ca),
    rejectUnauthorized: !values.insecure,
  };
  const view = await openView(values);
  const name = values.name ?? await view.askName();
  if (name === undefined) return 0;
  let lastReason: string | undefined;
  const client = new ChatClient(url, {
    name,
    tls,
    reconnect: !values["no-reconnect"],
    onPost: (post) => view.showPost(post),
    onJoin: (isAgain) => {
      lastReason = undefined;
      if (isAgain) view.showNotice(`Back in the room as "${name}"`);
      else if (!values.listen) void speak(client, view, name);
    },
    onLost: (reason) => {
      if (reason !== lastReason) view.showNotice(`${reason}; trying again`);
      lastReason = reason;
    },
  });
  return await visit(client, view);
}

async function visit(client: ChatClient, view: ChatView): Promise<number> {
  let isInterrupted = false;
  const interrupt = () => {
    // Who is asked twice goes at once.
    if (isInterrupted) process.exit(130);
    isInterrupted = true;
    void client.leave(INTERRUPT_MS);
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    await client.run();
  } catch (error) {
    // A reader that has gone, as in `| head -1`, has heard enough.
    const isHeard = (error as NodeJS.ErrnoException).code === "EPIPE";
    if (!isInterrupted && !isHeard) throw error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
    view.close();
  }
  return 0;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

async function speak(
  client: ChatClient,
  view: ChatView,
  name: string,
): Promise<void> {
  try {
    for await (const line of view.lines(name)) {
      if (line.trim() !== "") await say(client, view, line);
    }
    await client.leave();
  } catch {
    // It has left already, and run() says why.
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
    return new (await import("./prompt_view.ts")).PromptView();
  }
  return new (await import("./plain_view.ts")).PlainView({ json });
}

function parse(args: readonly string[]) {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        name: { type: "string" },
        plain: { type: "boolean" },
        json: { type: "boolean" },
        listen: { type: "boolean" },
        "no-reconnect": { type: "boolean" },
        ca: { type: "string" },
        insecure: { type: "boolean" },
      },
    });
  } catch (cause) {
    throw new ArgumentError((cause as Error).message, { cause });
  }
  const { values, positionals } = parsed;
  if (positionals.length === 1) return { url: positionals[0], values };
  throw new ArgumentError("One URL is needed, that of the chat's server");
}
