import type { Addr } from "../addr.ts";
import type { H2ConnError } from "../errors.ts";
import type { Supports } from "../transport.ts";

/** A runtime's own HTTP server, whose handlers are given a Request. */
export interface FetchServer {
  /** As its users call it. */
  readonly name: string;
  readonly supports: Supports;
  /** Whether the request is known to be HTTP/1.x. */
  isHttp1(request: Request): boolean;
  /** Where the request comes from, if the server says so. */
  remoteAddr(request: Request, info: object): Addr | undefined;
  /** Begins to use a request for both directions. */
  open(request: Request, info: object, hooks: FetchHooks): FetchExchange;
  /** What to error the response's body with. */
  abortReason(error: H2ConnError): unknown;
}

/** What the server tells of a request, however its body reads, and asks. */
export interface FetchHooks {
  /** The stream was cut. */
  onCut(): void;
  /** A response was sent whole. */
  onDelivered(): void;
  /** Whether the server has the response that belongs to it. */
  isAnswered(): boolean;
}

/** One request of a server and its response. */
export interface FetchExchange {
  /** Settles when the response is over; undefined if the server does not say. */
  readonly delivered: Promise<void> | undefined;
  /**
   * Resolves once {@linkcode FetchHooks.onCut} has been called if the end of
   * the request's body was not the peer's END_STREAM.
   */
  confirmEnd(): Promise<void>;
}
