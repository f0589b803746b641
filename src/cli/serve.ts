import { ArgumentError, H2ConnError } from "../errors.ts";
import { type Handler, serve } from "../server.ts";
import { tokenOption } from "./bearer_token.ts";
import {
  type Command,
  noPositionals,
  parseCommand,
  portNumber,
} from "./command.ts";
import { EXIT_CODE } from "./exit_code.ts";
import { parseHostPort } from "./host_port.ts";
import { warnIfOpen } from "./open_warning.ts";
import {
  commandService,
  echoService,
  forwardService,
  tunnelService,
} from "./services.ts";
import {
  SERVER_TLS_HELP,
  SERVER_TLS_OPTIONS,
  serverTls,
} from "./server_tls.ts";
import { onStopSignal } from "./stop_signal.ts";
import { printLine } from "./streams.ts";
import { complain } from "./terminal.ts";

const HELP = `Serves HTTP/2, and prints one line with the URL.

Usage: h2conn serve [options]

What each connection gets; an echo if none of these is given:
  --exec COMMAND         The input and output of a shell command
  --forward HOST:PORT    A connection to that TCP port
  --tunnel HOST:PORT,…   A connection to that of these TCP ports which the
                         client names ("h2conn tunnel"); needs --token or
                         --client-ca

Options:
  --port PORT            The port; 0 takes any that is free (default 8000)
  --host HOST            The address to listen on (default 127.0.0.1: this
                         machine only)
${SERVER_TLS_HELP}
  --token TOKEN          Who does not send this bearer token gets status 401;
                         the environment's H2CONN_TOKEN is the same, and shows
                         less

Ctrl-C lets the connections that are open end for 5 s; twice, it cuts them.

Example: upper case for everybody on this machine
  h2conn serve --port 8000 --exec 'tr a-z A-Z'`;

const OPTIONS = {
  port: { type: "string", default: "8000" },
  host: { type: "string", default: "127.0.0.1" },
  ...SERVER_TLS_OPTIONS,
  token: { type: "string" },
  exec: { type: "string" },
  forward: { type: "string" },
  tunnel: { type: "string" },
} as const;

/** What of {@linkcode OPTIONS} says what to serve. */
interface ServiceOptions {
  readonly exec?: string;
  readonly forward?: string;
  readonly tunnel?: string;
}

export const serveCommand: Command = {
  name: "serve",
  summary: "Serve an echo, a command, or a TCP port",
  help: HELP,
  async run(args) {
    const { values, positionals } = parseCommand(args, OPTIONS);
    noPositionals(positionals);
    const token = tokenOption(values.token);
    const tls = await serverTls(values);
    const isOpen = token === undefined && tls?.ca === undefined;
    const service = serviceOf(values, { token, isOpen });
    const server = await serve({
      port: portNumber("port", values.port),
      hostname: values.host,
      tls,
      onError(error) {
        if (!(error instanceof H2ConnError)) complain((error as Error).message);
      },
    }, service);
    if (isOpen) warnIfOpen(server, "--token asks for a token");
    onStopSignal(() => void server.shutdown());
    await printLine(`Listening on ${server.url}`);
    await server.finished;
    return EXIT_CODE.OK;
  },
};

function serviceOf(
  options: ServiceOptions,
  { token, isOpen }: { token: string | undefined; isOpen: boolean },
): Handler {
  const { exec, forward, tunnel } = options;
  const given = [exec, forward, tunnel].filter((value) => value !== undefined);
  if (given.length > 1) {
    throw new ArgumentError(
      "Options --exec, --forward and --tunnel exclude each other",
    );
  }
  if (exec !== undefined) return commandService(exec, token);
  if (forward !== undefined) {
    return forwardService(parseHostPort(forward), token);
  }
  if (tunnel === undefined) return echoService(token);
  if (isOpen) {
    throw new ArgumentError(
      "Option --tunnel needs --token, H2CONN_TOKEN or --client-ca",
    );
  }
  return tunnelService(tunnel.split(",").map(parseHostPort), token);
}
