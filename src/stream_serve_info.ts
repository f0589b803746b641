import type { Connection } from "./connection.ts";
import type { HandlerSlots } from "./handler_slots.ts";
import type { RequestHead } from "./http2/field_validation.ts";
import type { Stream } from "./http2/stream.ts";
import { informationalFields } from "./informational.ts";
import type { ServeInfo } from "./serve_info.ts";
import { promisedRequest, type PushRefusal } from "./server_push.ts";
import type { Field } from "./transport.ts";

/** The exchange of an HTTP/2 request, as far as its handler is told of it. */
export interface InformedExchange {
  readonly connection: Connection;
  readonly stream: Stream;
  readonly head: RequestHead;
  readonly slots: HandlerSlots;
  readonly scheme: string;
  readonly authority: string;
  /** Whether it is we who made the request. */
  readonly isPushed: boolean;
  readonly completed: Promise<void>;
  /** Promises a response to this request, and goes to work on it. */
  push(head: RequestHead, response: Response | undefined): void;
  /** Returns false if it is too late. */
  sendInterim(status: number, fields: readonly Field[]): boolean;
}

/** What the handler of a stream is told besides the request. */
export function streamServeInfo(exchange: InformedExchange): ServeInfo {
  const { localAddr, remoteAddr } = exchange.connection.socket;
  return {
    protocol: "h2",
    connectProtocol: exchange.head.protocol,
    localAddr,
    remoteAddr,
    get completed() {
      return exchange.completed;
    },
    push(path, init = {}) {
      const head = promisedRequest(path, init, exchange);
      const reason = pushRefusal(exchange);
      if (reason !== undefined) return { pushed: false, reason };
      exchange.push(head, init.response);
      return { pushed: true };
    },
    sendInformational(headers, status = 103) {
      const fields = informationalFields(headers, status);
      return exchange.sendInterim(status, fields);
    },
  };
}

function pushRefusal(exchange: InformedExchange): PushRefusal | undefined {
  const { connection: { session }, stream } = exchange;
  if (exchange.isPushed) return "nested";
  if (!session.peerSettings.enablePush) return "disabled";
  if (stream.isClosed || stream.localEnded || session.isDraining) {
    return "closed";
  }
  const isFull = session.freeStreams === 0 || exchange.slots.areTaken;
  return isFull ? "limit" : undefined;
}
