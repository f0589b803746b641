import type { Conn } from "../conn.ts";
import { ResetError, StatusError } from "../errors.ts";
import type { Destination } from "./client_options.ts";
import { formatHostPort } from "./host_port.ts";
import type { Meter } from "./meter.ts";
import { say } from "./terminal.ts";

/** Tells on standard error what happens to a Conn, as curl's `-v` does. */
export async function tell(
  conn: Conn,
  { url, request }: Destination,
): Promise<void> {
  say(`> ${request.method ?? "POST"} ${url.href}`);
  for (const [name, value] of new Headers(request.headers)) {
    // Standard error goes into logs.
    say(`> ${name}: ${name === "authorization" ? "…" : value}`);
  }
  try {
    const { status, headers } = await conn.opened;
    tellAddresses(conn, url);
    tellResponse(status, headers);
    await conn.closed;
    for (const [name, value] of await conn.trailers) {
      say(`< ${name}: ${value} (trailer)`);
    }
    say("* Both directions have ended");
  } catch (error) {
    tellFailure(error);
  }
}

/** The last line of it, once all that came is written. */
export function tellTotals({ sent, received }: Meter): void {
  say(`* ${sent} bytes sent, ${received} bytes received`);
}

function tellAddresses({ localAddr, remoteAddr }: Conn, url: URL): void {
  if (localAddr === undefined || remoteAddr === undefined) return;
  const [local, remote] = [localAddr, remoteAddr].map(({ hostname, port }) =>
    formatHostPort({ host: hostname, port })
  );
  const how = url.protocol === "https:"
    ? 'TLS, ALPN "h2"'
    : "cleartext HTTP/2 with prior knowledge";
  say(`* Connected to ${remote} from ${local}: ${how}`);
}

function tellResponse(status: number, headers: Headers): void {
  say(`< ${status}`);
  for (const [name, value] of headers) say(`< ${name}: ${value}`);
}

function tellFailure(error: unknown): void {
  if (error instanceof StatusError) {
    return tellResponse(error.status, error.headers);
  }
  if (!(error instanceof ResetError)) return;
  const { h2Code: { name, number }, remote } = error;
  say(`* Reset by ${remote ? "the peer" : "this side"}: ${name} (${number})`);
}
