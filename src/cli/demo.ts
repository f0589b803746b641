import { startDemo } from "../demo/mod.ts";
import { ArgumentError } from "../errors.ts";
import type { ServerTlsOptions } from "../tls_options.ts";
import {
  type Command,
  MAX_PORT,
  noPositionals,
  parseCommand,
  portNumber,
} from "./command.ts";
import { EXIT_CODE } from "./exit_code.ts";
import { loadAuthority } from "./load_authority.ts";
import { warnIfOpen } from "./open_warning.ts";
import { serverTls } from "./server_tls.ts";
import { onStopSignal } from "./stop_signal.ts";
import { printLine } from "./streams.ts";
import { say } from "./terminal.ts";

const HELP =
  `Serves a site that shows what HTTP/2 does, to a browser or to curl.

Usage: h2conn demo [options]

Options:
  --port PORT       The port of the site (default 8000)
  --http1-port PORT The port of the same site under HTTP/1.1 alone, to compare
                    (default: the one after the other)
  --host HOST       The address to listen on (default 127.0.0.1)
  --cert FILE       Certificate for TLS, in PEM; by default one is made for the
                    occasion, and browsers ask whether to take it
  --key FILE        Its key, in PEM
  --h2c             Cleartext, for curl and nghttp: no browser speaks HTTP/2 so
  -v, --verbose     Print a line for each request, to standard error

Example: with a certificate that the browser can be told to trust
  h2conn cert --dir certs
  h2conn demo --cert certs/cert.pem --key certs/key.pem`;

const OPTIONS = {
  port: { type: "string", default: "8000" },
  "http1-port": { type: "string" },
  host: { type: "string", default: "127.0.0.1" },
  cert: { type: "string" },
  key: { type: "string" },
  h2c: { type: "boolean", default: false },
  verbose: { type: "boolean", short: "v", default: false },
} as const;

export const demoCommand: Command = {
  name: "demo",
  summary: "Serve a site that shows what HTTP/2 does",
  help: HELP,
  async run(args) {
    const { values, positionals } = parseCommand(args, OPTIONS);
    noPositionals(positionals);
    const { host, h2c, cert, key, verbose } = values;
    const http1Port = values["http1-port"];
    if (h2c && (cert !== undefined || key !== undefined)) {
      throw new ArgumentError("Options --h2c and --cert exclude each other");
    }
    const sitePort = portNumber("port", values.port);
    if (sitePort === MAX_PORT && http1Port === undefined && !h2c) {
      throw new ArgumentError(
        `There is no port after ${MAX_PORT}: option --http1-port is missing`,
      );
    }
    const server = await startDemo({
      port: sitePort,
      httpPort: http1Port === undefined
        ? undefined
        : portNumber("http1-port", http1Port),
      hostname: host,
      tls: h2c ? undefined : await serverTls({ cert, key }) ?? await madeTls(),
      verbose,
    });
    warnIfOpen(server, "the site has no login");
    onStopSignal(() => void server.shutdown());
    if (server.http1Url !== undefined) {
      say(`The same under HTTP/1.1 alone: ${server.http1Url}`);
    }
    await printLine(`Listening on ${server.url}`);
    await server.finished;
    return EXIT_CODE.OK;
  },
};

/** A certificate that lives as long as the program. */
async function madeTls(): Promise<ServerTlsOptions> {
  const { makeAuthority } = await loadAuthority();
  const authority = await makeAuthority({ name: "h2conn demo CA", days: 1 });
  say("The certificate was made just now: the browser will ask about it");
  const { cert, key } = await authority.server();
  return { cert, key };
}
