import type { Conn, ConnInfo } from "../../conn.ts";
import { StatusError } from "../../errors.ts";
import type { Destination } from "../client_options.ts";
import { errorText } from "../error_text.ts";
import { type Finding, msSince, type Unnamed } from "./finding.ts";
import {
  isSoon,
  PATIENCE_MS,
  readSoon,
  readToEnd,
  readUpTo,
  writeSoon,
} from "./patience.ts";
import { examineOurReset, examineServersReset } from "./resets.ts";

/** The name of the finding that tells whether there is an echo. */
export const FIRST_BYTE = "first byte back";

const SECONDS = PATIENCE_MS / 1000;

/** Lines, for servers that read lines; in capitals, for those that shout. */
const encoder = new TextEncoder();
const HELLO: Uint8Array = encoder.encode("H2CONN DOCTOR\n");
const BYTE: Uint8Array = encoder.encode("\n");
/** Enough to get out of any buffer that flushes when it is full. */
const LARGE: Uint8Array = new Uint8Array(256 * 1024).fill(BYTE[0]);

/** What has to be sent before response headers come. */
type Need = "nothing" | "a byte" | "the end";

/** Examines full duplex, with Conns that any server may be sent. */
export async function* examineConn(
  destination: Destination,
  idleSeconds: number,
): AsyncGenerator<Finding> {
  const conn = openStream(destination, "nothing");
  const { need, ...headers } = await examineHeaders(conn);
  yield { name: "response headers", ...headers };
  if (need === undefined) return conn.abort();
  yield { name: "SETTINGS", ...settingsOf(await conn.opened) };
  if (need === "the end") {
    const detail = "not tested, for the server waits for the end";
    yield { name: FIRST_BYTE, outcome: "unknown", detail };
  } else {
    yield* examineBytes(conn, need, idleSeconds);
  }
  conn.abort();
  const open = (init?: HeadersInit) => openStream(destination, need, init);
  yield await guarded("our reset", () => examineOurReset(open));
  yield await guarded("server's reset", () => examineServersReset(open));
}

/** Sends a request with all that it needs for response headers to come. */
function openStream(
  { client, url, request }: Destination,
  need: Need,
  more?: HeadersInit,
): Conn {
  const headers = new Headers(request.headers);
  for (const [name, value] of new Headers(more)) headers.set(name, value);
  const conn = client.connect(url, { ...request, headers });
  if (need !== "nothing") conn.write(BYTE).catch(() => {});
  if (need === "the end") conn.closeWrite().catch(() => {});
  return conn;
}

/** What the server, or a proxy before it, says of itself. */
function settingsOf({ settings }: ConnInfo): Unnamed {
  const {
    enableConnectProtocol,
    initialWindowSize,
    maxConcurrentStreams,
    maxFrameSize,
    maxHeaderListSize,
  } = settings!;
  const parts = [
    `${limit(maxConcurrentStreams)} streams`,
    `windows of ${initialWindowSize} bytes`,
    `frames of ${maxFrameSize}`,
    `headers of ${limit(maxHeaderListSize)} bytes`,
    ...(enableConnectProtocol ? ["extended CONNECT"] : []),
  ];
  return { outcome: "ok", detail: parts.join(", ") };
}

function limit(value: number): string {
  return value === Infinity ? "any number of" : String(value);
}

/** A step that is cut has failed. */
async function guarded(
  name: string,
  examine: () => Promise<Unnamed>,
): Promise<Finding> {
  try {
    return { name, ...await examine() };
  } catch (error) {
    return { name, outcome: "failed", detail: errorText(error) };
  }
}

/** Who holds the headers back, waits for something: what is it? */
async function examineHeaders(
  conn: Conn,
): Promise<Unnamed & { need?: Need }> {
  const start = performance.now();
  const steps: [need: Need, send: () => Promise<unknown>][] = [
    ["nothing", () => Promise.resolve()],
    ["a byte", () => conn.write(BYTE)],
    ["the end", () => conn.closeWrite()],
  ];
  try {
    for (const [need, send] of steps) {
      send().catch(() => {});
      if (!await isSoon(conn.opened)) continue;
      const ms = msSince(start);
      const { status } = await conn.opened;
      if (need === "nothing") {
        const detail = `status ${status}, before a byte was sent`;
        return { need, outcome: "ok", ms, detail };
      }
      const detail = `status ${status}, held back until ${need} was sent: by ` +
        `the server, or by a proxy before it`;
      return { need, outcome: "warning", ms, detail };
    }
    const detail = `none within ${steps.length * SECONDS} s`;
    return { outcome: "failed", detail };
  } catch (error) {
    const detail = errorText(error);
    if (!(error instanceof StatusError)) return { outcome: "failed", detail };
    const advice = "--method, --header and --token change the request";
    return { outcome: "refused", detail: `${detail}; ${advice}` };
  }
}

/** Whether bytes and EOF come through as they are sent. */
async function* examineBytes(
  conn: Conn,
  need: Need,
  idleSeconds: number,
): AsyncGenerator<Finding> {
  const before = need === "nothing" ? 0 : BYTE.length;
  let hasEnded = false;
  conn.trailers.then(() => hasEnded = true, () => {});
  const echo = await guarded(FIRST_BYTE, () => examineEcho(conn, before));
  yield echo;
  if (echo.outcome === "ok") {
    yield await guarded("small writes", () => examineSmallWrites(conn));
    yield await guarded("idle", () => examineIdle(conn, idleSeconds));
  }
  if (hasEnded) {
    const detail = "not tested, for the server had ended before";
    return yield { name: "half-close", outcome: "unknown", detail };
  }
  const isSilent = echo.outcome === "unknown" && echo.ms === undefined;
  yield await guarded("half-close", () => examineHalfClose(conn, isSilent));
}

/** Looks for what is sent, after `before` bytes that were sent already. */
async function examineEcho(conn: Conn, before: number): Promise<Unnamed> {
  const start = performance.now();
  conn.write(HELLO).catch(() => {});
  const first = await readSoon(conn);
  if (first) {
    const ms = msSince(start);
    const rest = await readUpTo(conn, before + HELLO.length - first.length);
    const text = new TextDecoder().decode(first) + rest;
    if (text.endsWith(new TextDecoder().decode(HELLO))) {
      return { outcome: "ok", ms, detail: "the server answers at once" };
    }
    return { outcome: "unknown", ms, detail: "the server does not echo" };
  }
  if (first === null) {
    return { outcome: "unknown", detail: "the server said nothing, and EOF" };
  }
  conn.write(LARGE).catch(() => {});
  if (await readSoon(conn)) {
    const detail = "only when much was sent: something gathers bytes";
    return { outcome: "warning", ms: msSince(start), detail };
  }
  const detail = `none within ${SECONDS} s: no echo, or something buffers`;
  return { outcome: "unknown", detail };
}

async function examineSmallWrites(conn: Conn): Promise<Unnamed> {
  const times: number[] = [];
  for (let turn = 0; turn < 5; turn++) {
    const start = performance.now();
    if (!await writeSoon(conn, BYTE)) {
      const detail =
        `byte ${turn + 1} of 5 could not leave: the peer's window ` +
        "is full";
      return { outcome: "warning", detail };
    }
    if (!await readSoon(conn)) {
      const detail = `byte ${turn + 1} of 5 did not come back: held back`;
      return { outcome: "warning", detail };
    }
    times.push(msSince(start));
  }
  const ms = times.sort((a, b) => a - b)[2];
  return { outcome: "ok", ms, detail: "there and back, median of 5 bytes" };
}

async function examineIdle(conn: Conn, seconds: number): Promise<Unnamed> {
  if (seconds === 0) {
    return { outcome: "unknown", detail: "not tested: --idle SECONDS does" };
  }
  const cut = conn.closed.then(() => "it ended", errorText);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const passed = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), seconds * 1000);
  });
  const why = await Promise.race([cut, passed]);
  clearTimeout(timer);
  if (why !== undefined) {
    return { outcome: "warning", detail: `cut within ${seconds} s: ${why}` };
  }
  if (await writeSoon(conn, BYTE) && await readSoon(conn)) {
    return { outcome: "ok", detail: `open after ${seconds} s of silence` };
  }
  return { outcome: "warning", detail: `dead after ${seconds} s of silence` };
}

async function examineHalfClose(
  conn: Conn,
  isSilent: boolean,
): Promise<Unnamed> {
  const start = performance.now();
  conn.closeWrite().catch(() => {});
  const { received, isEnded } = await readToEnd(conn);
  const ms = msSince(start);
  if (!isEnded) {
    const seconds = (ms / 1000).toFixed(0);
    const detail = `no EOF within ${seconds} s of ours: the server goes on`;
    return { outcome: "unknown", detail };
  }
  if (isSilent && received > 0) {
    const detail = `${received} bytes came only then: the server waits for ` +
      `the end, or a proxy before it buffers the request`;
    return { outcome: "warning", ms, detail };
  }
  return { outcome: "ok", ms, detail: "after our EOF came the server's" };
}
