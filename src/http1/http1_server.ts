import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { createHttp1Parser } from "../adapters/http1_parser.ts";
import type { Socket } from "../adapters/socket.ts";
import type { ConnectionOptions } from "../connection_options.ts";
import type { Responder } from "../responder.ts";
import { Http1Connection } from "./http1_connection.ts";

/** The HTTP/1.x connections of a server, parsed by `node:http`. */
export class Http1Server {
  readonly #options: ConnectionOptions;
  readonly #responder: Responder;
  readonly #parser: ReturnType<typeof createHttp1Parser>;
  readonly #open = new Map<Duplex, Http1Connection>();

  constructor(options: ConnectionOptions, responder: Responder) {
    this.#options = options;
    this.#responder = responder;
    this.#parser = createHttp1Parser({
      maxHeaderSize: options.limits.maxHeaderListSize,
      keepAliveTimeout: options.timeouts.idleTimeout,
    });
    const onRequest = (message: IncomingMessage, response: ServerResponse) =>
      this.#open.get(message.socket)?.onRequest(message, response);
    this.#parser.on("request", onRequest);
    // It would send 100 itself, whether or not the content is wanted.
    this.#parser.on("checkContinue", onRequest);
    // RFC 9110 section 10.1.1: what nobody knows may be left alone.
    this.#parser.on("checkExpectation", onRequest);
    this.#parser.on("connect", (_message, duplex: Duplex) => {
      this.#open.get(duplex)?.refuse(501);
    });
    this.#parser.on(
      "clientError",
      (error: Error & { code?: string }, duplex) =>
        this.#open.get(duplex)?.onParseError(statusOf(error.code)),
    );
  }

  get connections(): Http1Connection[] {
    return [...this.#open.values()];
  }

  /** Serves a connection, with the bytes that came before. */
  add(socket: Socket, firstBytes?: Uint8Array): void {
    const connection = new Http1Connection(
      socket,
      this.#options,
      this.#responder,
    );
    const { duplex } = connection;
    this.#open.set(duplex, connection);
    connection.gone.then(() => this.#open.delete(duplex));
    this.#parser.emit("connection", duplex);
    connection.start(firstBytes);
  }
}

/** What to answer to what the parser of all three runtimes cannot parse. */
function statusOf(code: string | undefined): number {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return 431;
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return 413;
    case "HPE_INVALID_VERSION":
      return 505;
    default:
      return 400;
  }
}
