import { ArgumentError, H2ConnError, StatusError } from "./errors.ts";
import type { ServeInfo } from "./serve_info.ts";
import type { Handler } from "./server.ts";

/** Who answers the requests of a server. */
export interface ResponderOptions {
  readonly handler: Handler;
  onError?(error: unknown): Response | void | Promise<Response | void>;
}

/** Asks a server's handler, whatever the HTTP version of the request. */
export class Responder {
  readonly #options: ResponderOptions;

  constructor(options: ResponderOptions) {
    this.#options = options;
  }

  /** What the handler answers; rejects with what it throws. */
  async ask(request: Request, info: ServeInfo): Promise<Response> {
    const response = await this.#options.handler(request, info);
    if (response instanceof Response) return response;
    throw new ArgumentError(
      "The handler did not return a Response; after accept(), return the " +
        "response that it gave",
    );
  }

  /** What to answer after an error that came before there was a response. */
  async errorResponse(error: unknown): Promise<Response> {
    if (error instanceof StatusError) return error.toResponse();
    return await this.#onError(error) ?? faultResponse();
  }

  /** Tells of an error that comes too late for a response of its own. */
  report(error: unknown): void {
    this.#onError(error).catch(() => {});
  }

  async #onError(error: unknown): Promise<Response | void> {
    const { onError } = this.#options;
    if (onError !== undefined) return await onError(error);
    // What the client did is not worth a line of the log.
    if (!(error instanceof H2ConnError) || error instanceof ArgumentError) {
      console.error("Error in a handler of h2conn's serve():", error);
    }
  }
}

/** What a client is told of a fault in the program: nothing. */
export function faultResponse(): Response {
  return new Response("Internal Server Error\n", { status: 500 });
}
