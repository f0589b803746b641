import type { Socket } from "./adapters/socket.ts";
import { closeAll, Connection } from "./connection.ts";
import type { ConnectionOptions } from "./connection_options.ts";
import { ClosedError, NotSupportedError } from "./errors.ts";
import { FirstBytes } from "./first_bytes.ts";
import { HandlerSlots } from "./handler_slots.ts";
import { Http1Server } from "./http1/http1_server.ts";
import { looksLikeHttp1, refuseHttp1 } from "./http1/refusal.ts";
import type { Responder } from "./responder.ts";
import { ServerExchange } from "./server_exchange.ts";

/** How many handlers may run for each stream that may be open. */
const RUNNING_PER_STREAM = 1.25;

/** The connections of a server. */
export class ServerConnections {
  readonly #options: ConnectionOptions;
  readonly #responder: Responder;
  readonly #http1: Http1Server | undefined;
  readonly #open = new Set<Connection>();
  /** Those that are refused, or have yet to say what they are. */
  readonly #strangers = new Set<Socket>();
  #isClosed = false;

  constructor(
    options: ConnectionOptions,
    responder: Responder,
    { allowHttp1 }: { allowHttp1: boolean },
  ) {
    this.#options = options;
    this.#responder = responder;
    if (allowHttp1) this.#http1 = new Http1Server(options, responder);
  }

  add(socket: Socket): void {
    if (this.#isClosed) socket.destroy();
    else if (socket.isEncrypted) {
      if (socket.alpnProtocol === "h2") this.#serve(socket);
      else if (this.#http1 !== undefined) this.#http1.add(socket);
      else this.#refuse(socket);
    } else if (this.#http1 !== undefined) {
      this.#sniff(socket, this.#http1);
    } else {
      this.#serve(socket);
    }
  }

  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    for (const socket of this.#strangers) socket.destroy();
    const error = new ClosedError("Server was shut down");
    const open = [...this.#open, ...this.#http1?.connections ?? []];
    await closeAll(open, graceMs, error);
  }

  /** Without TLS the first bytes tell the HTTP version. */
  #sniff(socket: Socket, http1: Http1Server): void {
    this.#strangers.add(socket);
    new FirstBytes(socket, {
      timeout: this.#options.timeouts.connectTimeout,
      onKnown: (kind, bytes) => {
        if (kind === "h2") this.#serve(socket, bytes);
        else http1.add(socket, bytes);
      },
      onDone: () => this.#strangers.delete(socket),
    });
  }

  #serve(socket: Socket, firstBytes?: Uint8Array): void {
    const { maxConcurrentStreams } = this.#options.limits;
    const context = {
      responder: this.#responder,
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
    connection.start(firstBytes);
  }

  /** A TLS client that did not agree on `h2`. */
  #refuse(socket: Socket): void {
    this.#strangers.add(socket);
    socket.start({
      onData: () => {},
      onEnd: () => socket.destroy(),
      onClose: () => this.#strangers.delete(socket),
    });
    refuseHttp1(socket);
  }
}
