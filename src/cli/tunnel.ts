import { once } from "node:events";
import {
  type AddressInfo,
  createServer,
  type Server,
  type Socket,
} from "node:net";
import { listenError } from "../adapters/socket_errors.ts";
import { ArgumentError, ResetError } from "../errors.ts";
import {
  CLIENT_HELP,
  CLIENT_OPTIONS,
  type Destination,
  destination,
} from "./client_options.ts";
import { type Command, onlyPositional, parseCommand } from "./command.ts";
import { errorText } from "./error_text.ts";
import { EXIT_CODE } from "./exit_code.ts";
import { formatHostPort, type HostPort, parseHostPort } from "./host_port.ts";
import { relay } from "./relay.ts";
import { TARGET_HEADER } from "./services.ts";
import { onStopSignal } from "./stop_signal.ts";
import { printLine } from "./streams.ts";
import { complain } from "./terminal.ts";

/** How long connections may go on after ctrl-C, in milliseconds. */
const GRACE_MS = 5000;

const HELP = `Leads local TCP ports through a server to ports that it reaches.

Usage: h2conn tunnel [options] -L [BIND:]PORT:HOST:PORT URL

Every connection to a port is one stream to "h2conn serve --tunnel", which
connects to HOST:PORT if it permits that. Prints a line for each port.

Options:
  -L, --listen LINK      [BIND:]PORT:HOST:PORT, as of ssh; may be repeated. BIND
                         is 127.0.0.1 by default, and port 0 any that is free
${CLIENT_HELP}

Ctrl-C lets the connections that are open end for 5 s; twice, it cuts them.

Example: a web server that only the other machine reaches, as localhost:8080
  export H2CONN_TOKEN=… # on both
  h2conn serve --host 0.0.0.0 --cert cert.pem --key key.pem --tunnel intranet:80
  h2conn tunnel --ca ca.pem -L 8080:intranet:80 https://server.example:8000`;

const OPTIONS = {
  ...CLIENT_OPTIONS,
  listen: { type: "string", short: "L", multiple: true },
} as const;

/** A local port, and where connections to it lead. */
interface Link {
  readonly bind: HostPort;
  readonly target: HostPort;
}

export const tunnelCommand: Command = {
  name: "tunnel",
  summary: "Lead local TCP ports through a server",
  help: HELP,
  async run(args) {
    const { values, positionals } = parseCommand(args, OPTIONS);
    const links = values.listen?.map(parseLink);
    if (links === undefined) throw new ArgumentError("Option -L is missing");
    const url = onlyPositional("URL", positionals);
    const server = await destination(url, values);
    // Before anybody is told that it listens.
    const stopped = new Promise<void>(onStopSignal);
    const listeners: Server[] = [];
    try {
      for (const link of links) listeners.push(await listen(link, server));
      await stopped;
    } finally {
      for (const listener of listeners) listener.close();
      await server.client.close({ graceMs: GRACE_MS });
    }
    return EXIT_CODE.OK;
  },
};

function parseLink(text: string): Link {
  const [, bracketed, plain, port, target] = RE_LINK.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535) {
    throw new ArgumentError(
      `"${text}" is not [BIND:]PORT:HOST:PORT, such as 8080:localhost:80`,
    );
  }
  const host = bracketed ?? plain ?? "127.0.0.1";
  return { bind: { host, port: Number(port) }, target: parseHostPort(target) };
}

const RE_LINK = /^(?:(?:\[([0-9a-f:.]+)\]|([\w.-]+)):)?(\d{1,5}):(.+:\d+)$/i;

/** Listens, and says so on standard output. */
async function listen(
  { bind, target }: Link,
  server: Destination,
): Promise<Server> {
  const options = { allowHalfOpen: true, noDelay: true };
  const listener = createServer(options, (socket) => {
    void lead(socket, target, server);
  });
  listener.listen(bind.port, bind.host);
  try {
    await once(listener, "listening");
  } catch (cause) {
    throw listenError(cause as Error, { hostname: bind.host, port: bind.port });
  }
  // One that listens goes on, even when it is out of descriptors for a while.
  listener.on("error", (error) => complain(error.message));
  const { address, port } = listener.address() as AddressInfo;
  const local = formatHostPort({ host: address, port });
  await printLine(`Listening on ${local} for ${formatHostPort(target)}`);
  return listener;
}

async function lead(
  socket: Socket,
  target: HostPort,
  { client, url, request }: Destination,
): Promise<void> {
  const name = formatHostPort(target);
  const headers = new Headers(request.headers);
  headers.set(TARGET_HEADER, name);
  const conn = client.connect(url, { ...request, headers });
  conn.opened.catch((error) => {
    // That the local side has gone is its own business.
    if (error instanceof ResetError && !error.remote) return;
    complain(`No way to ${name}: ${errorText(error)}`);
  });
  // What happens to a connection that is open, its two ends are told.
  await relay(conn, socket).catch(() => {});
}
