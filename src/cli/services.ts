import type { Socket } from "node:net";
import { handle } from "../accept.ts";
import type { Conn } from "../conn.ts";
import type { Handler } from "../server.ts";
import { checkToken } from "./bearer_token.ts";
import { runCommand } from "./child_process.ts";
import { formatHostPort, type HostPort, parseHostPort } from "./host_port.ts";
import { dial, relay } from "./relay.ts";
import {
  isResetOnRequest,
  RESET_ON_REQUEST,
  resetMidway,
} from "./reset_on_request.ts";

/** The header in which the client of a tunnel names where it leads. */
export const TARGET_HEADER = "h2conn-target";

/** Sends everything back, or a reset to the doctor that asks for one. */
export function echoService(token: string | undefined): Handler {
  const authorize = (request: Request) => checkToken(request, token) ?? true;
  const echo = handle(async (conn: Conn) => {
    for await (const chunk of conn) await conn.write(chunk);
  }, { authorize });
  const reset = handle(resetMidway, { authorize, headers: RESET_ON_REQUEST });
  return (request, info) => {
    const service = isResetOnRequest(request.headers) ? reset : echo;
    return service(request, info);
  };
}

/** Runs a command for each Conn. */
export function commandService(
  command: string,
  token: string | undefined,
): Handler {
  return handle((conn) => runCommand(conn, command), {
    authorize: (request) => checkToken(request, token) ?? true,
  });
}

/** Leads each Conn to a TCP port. */
export function forwardService(
  target: HostPort,
  token: string | undefined,
): Handler {
  return tcpService((request) => checkToken(request, token) ?? target);
}

/** Leads each Conn to the one of these TCP ports that it names. */
export function tunnelService(
  targets: readonly HostPort[],
  token: string | undefined,
): Handler {
  const permitted = new Set(targets.map(formatHostPort));
  return tcpService((request) => {
    const refusal = checkToken(request, token);
    if (refusal !== undefined) return refusal;
    const target = request.headers.get(TARGET_HEADER) ?? "";
    if (permitted.has(target)) return parseHostPort(target);
    return new Response("This target is not permitted\n", { status: 403 });
  });
}

/** Connects before it accepts, so that a failure is a status. */
function tcpService(
  choose: (request: Request) => HostPort | Response,
): Handler {
  const sockets = new Map<Request, Socket>();
  function take(request: Request): Socket | undefined {
    const socket = sockets.get(request);
    sockets.delete(request);
    return socket;
  }
  const service = handle((conn, request) => relay(conn, take(request)!), {
    async authorize(request) {
      const target = choose(request);
      if (target instanceof Response) return target;
      try {
        sockets.set(request, await dial(target));
        return true;
      } catch {
        const text = `Cannot connect to ${formatHostPort(target)}\n`;
        return new Response(text, { status: 502 });
      }
    },
  });
  return async (request, info) => {
    try {
      return await service(request, info);
    } finally {
      // It is still there if the request could not be accepted.
      take(request)?.destroy();
    }
  };
}
