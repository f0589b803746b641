import type { Socket } from "./adapters/socket.ts";
import { closeAll, Connection } from "./connection.ts";
import type { ConnectionOptions } from "./connection_options.ts";
import { ClosedError, NotSupportedError } from "./errors.ts";
import { looksLikeHttp1, refuseHttp1 } from "./http1_refusal.ts";
import { HandlerSlots } from "./handler_slots.ts";
import { type ExchangeServer, ServerExchange } from "./server_exchange.ts";

/** How many handlers may run for each stream that may be open. */
const RUNNING_PER_STREAM = 1.25;

/** The connections of a server. */
export class ServerConnections {
  readonly #options: ConnectionOptions;
  readonly #server: ExchangeServer;
  readonly #open = new Set<Connection>();
  readonly #refused = new Set<Socket>();
  #isClosed = false;

  constructor(options: ConnectionOptions, server: ExchangeServer) {
    this.#options = options;
    this.#server = server;
  }

  add(socket: Socket): void {
    if (this.#isClosed) socket.destroy();
    else if (socket.isEncrypted && socket.alpnProtocol !== "h2") {
      this.#refuse(socket);
    } else {
      this.#serve(socket);
    }
  }

  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    for (const socket of this.#refused) socket.destroy();
    const error = new ClosedError("Server was shut down");
    await closeAll([...this.#open], graceMs, error);
  }

  #serve(socket: Socket): void {
    const { maxConcurrentStreams } = this.#options.limits;
    const context = {
      server: this.#server,
      slots: new HandlerSlots(
        Math.ceil(maxConcurrentStreams * RUNNING_PER_STREAM),
      ),
    };
    const connection: Connection = new Connection(
      "server",
      socket,
      this.#options,
      {
        sniff: (bytes) => {
          if (!looksLikeHttp1(bytes)) return undefined;
          refuseHttp1(socket);
          return new NotSupportedError("Client speaks HTTP/1.x");
        },
        onRequest: (stream, head) => {
          const exchange = new ServerExchange(
            connection,
            stream,
            head,
            context,
          );
          exchange.start();
          return exchange;
        },
        onClose: () => {
          connection.gone.then(() => this.#open.delete(connection));
        },
      },
    );
    this.#open.add(connection);
    connection.start();
  }

  /** A TLS client that did not agree on `h2`. */
  #refuse(socket: Socket): void {
    this.#refused.add(socket);
    socket.start({
      onData: () => {},
      onEnd: () => socket.destroy(),
      onClose: () => this.#refused.delete(socket),
    });
    refuseHttp1(socket);
  }
}
