import type { RuntimeCommand } from "../runtimes.ts";
import type { Log, Peer } from "./log.ts";
import { type RunningServer, startServer } from "./processes.ts";

/** Cleartext HTTP/2, or TLS with ALPN. */
export const TRANSPORTS = ["h2c", "tls"] as const;
export type Transport = typeof TRANSPORTS[number];

/** What all interop checks share. */
export interface Context {
  readonly log: Log;
  /** The runtimes that the library is for. */
  readonly ours: readonly RuntimeCommand[];
  /** Holds ca.pem, cert.pem and key.pem, and whatever a check writes. */
  readonly folder: string;
  /** Where built tools are kept for the next time. */
  readonly cache: string;
}

/** A server of ours that a check speaks to. */
export interface OurServer {
  readonly transport: Transport;
  readonly url: string;
  /** The label of the runtime it is on. */
  readonly ours: string;
}

/** The `ca` argument of the client programs. */
export function caArgument(context: Context, transport: Transport): string {
  return transport === "tls" ? `${context.folder}/ca.pem` : "-";
}

/**
 * Runs `check` against a server of ours, on each runtime and each transport.
 * Afterwards the server has to be alive, and to have complained of nothing.
 */
export async function withOurServers(
  context: Context,
  peerOf: (server: OurServer) => Peer,
  check: (server: OurServer, peer: Peer) => Promise<void>,
  transports: readonly Transport[] = TRANSPORTS,
): Promise<void> {
  for (const runtime of context.ours) {
    for (const transport of transports) {
      const server = { transport, url: "", ours: runtime.label };
      const peer = peerOf(server);
      let running: RunningServer;
      try {
        running = await startServer(runtime.command, [
          ...runtime.args,
          "tests/interop/our_server.ts",
          transport,
          context.folder,
        ]);
      } catch (error) {
        context.log.result(peer, "our server starts", String(error));
        continue;
      }
      server.url = running.url;
      let fault: string | undefined;
      try {
        await check(server, peer);
      } finally {
        fault = await running.stop();
      }
      context.log.result(peer, "our server is well afterwards", fault);
    }
  }
}
