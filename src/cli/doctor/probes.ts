import type { Conn } from "../../conn.ts";
import { StatusError } from "../../errors.ts";
import type { Destination } from "../client_options.ts";
import { errorText } from "../error_text.ts";
import { type Finding, msSince } from "./finding.ts";
import { isSoon, PATIENCE_MS, readManySoon, readSoon } from "./patience.ts";

const SECONDS = PATIENCE_MS / 1000;
/** The name of the finding that tells whether there is an echo. */
export const FIRST_BYTE = "first byte back";

/** Lines, for servers that read lines. */
const encoder = new TextEncoder();
const HELLO: Uint8Array = encoder.encode("H2CONN DOCTOR\n");
const BYTE: Uint8Array = encoder.encode("\n");
/** Enough to get out of any buffer that flushes when it is full. */
const LARGE = 256 * 1024;

/** Examines full duplex, with Conns that any server may be sent. */
export async function* examineConn(
  destination: Destination,
  idleSeconds: number,
): AsyncGenerator<Finding> {
  const conn = connect(destination);
  const headers = await examineHeaders(conn);
  yield headers;
  if (headers.outcome === "failed" || headers.outcome === "refused") {
    return conn.abort();
  }
  const echo = await guarded(FIRST_BYTE, () => examineEcho(conn));
  yield echo;
  if (echo.outcome === "ok") {
    yield await guarded("small writes", () => examineSmallWrites(conn));
    yield await guarded("idle", () => examineIdle(conn, idleSeconds));
  }
  const isSilent = echo.outcome === "unknown";
  yield await guarded("half-close", () => examineHalfClose(conn, isSilent));
  conn.abort();
  yield await guarded("resets", () => examineReset(destination, conn));
  yield {
    name: "SETTINGS",
    outcome: "unknown",
    detail: "the library does not tell those of the peer",
  };
}

function connect({ client, url, request }: Destination): Conn {
  return client.connect(url, request);
}

/** A step that is cut has failed. */
async function guarded(
  name: string,
  examine: () => Promise<Omit<Finding, "name">>,
): Promise<Finding> {
  try {
    return { name, ...await examine() };
  } catch (error) {
    return { name, outcome: "failed", detail: errorText(error) };
  }
}

/** Who holds the headers back, waits for something: what is it? */
async function examineHeaders(conn: Conn): Promise<Finding> {
  const name = "response headers";
  const start = performance.now();
  const steps: [held: string, next: () => Promise<unknown>][] = [
    ["", () => Promise.resolve()],
    ["until a byte was sent", () => conn.write(BYTE)],
    ["until the request ended", () => conn.closeWrite()],
  ];
  try {
    for (const [held, next] of steps) {
      next().catch(() => {});
      if (!await isSoon(conn.opened)) continue;
      const ms = msSince(start);
      const { status } = await conn.opened;
      if (held === "") {
        const detail = `status ${status}, before a byte was sent`;
        return { name, outcome: "ok", ms, detail };
      }
      const detail = `status ${status}, held back ${held}: by the server, or ` +
        `by a proxy before it`;
      return { name, outcome: "warning", ms, detail };
    }
    const detail = `none within ${steps.length * SECONDS} s`;
    return { name, outcome: "failed", detail };
  } catch (error) {
    const detail = errorText(error);
    if (!(error instanceof StatusError)) {
      return { name, outcome: "failed", detail };
    }
    const advice = "--method, --header and --token change the request";
    return { name, outcome: "refused", detail: `${detail}; ${advice}` };
  }
}

async function examineEcho(conn: Conn): Promise<Omit<Finding, "name">> {
  const start = performance.now();
  conn.write(HELLO).catch(() => {});
  const first = await readSoon(conn);
  if (first) {
    const ms = msSince(start);
    await readManySoon(conn, HELLO.length - first.length);
    return { outcome: "ok", ms, detail: "the server answers at once" };
  }
  if (first === null) {
    return { outcome: "unknown", detail: "the server said nothing, and EOF" };
  }
  conn.write(new Uint8Array(LARGE).fill(BYTE[0])).catch(() => {});
  if (await readSoon(conn)) {
    const detail = "only when much was sent: something gathers bytes";
    return { outcome: "warning", ms: msSince(start), detail };
  }
  return {
    outcome: "unknown",
    detail: `none within ${SECONDS} s: no echo, or something buffers`,
  };
}

async function examineSmallWrites(
  conn: Conn,
): Promise<Omit<Finding, "name">> {
  const times: number[] = [];
  for (let turn = 0; turn < 5; turn++) {
    const start = performance.now();
    await conn.write(BYTE);
    if (!await readSoon(conn)) {
      const detail = `byte ${turn + 1} of 5 did not come back: held back`;
      return { outcome: "warning", detail };
    }
    times.push(msSince(start));
  }
  const ms = times.sort((a, b) => a - b)[2];
  return { outcome: "ok", ms, detail: "there and back, median of 5 bytes" };
}

async function examineIdle(
  conn: Conn,
  seconds: number,
): Promise<Omit<Finding, "name">> {
  if (seconds === 0) {
    return { outcome: "unknown", detail: "not tested: --idle SECONDS does" };
  }
  const cut = conn.closed.then(() => "ended", errorText);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const passed = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), seconds * 1000);
  });
  const why = await Promise.race([cut, passed]);
  clearTimeout(timer);
  if (why !== undefined) {
    return { outcome: "warning", detail: `cut within ${seconds} s: ${why}` };
  }
  await conn.write(BYTE);
  if (await readSoon(conn)) {
    return { outcome: "ok", detail: `open after ${seconds} s of silence` };
  }
  return { outcome: "warning", detail: `dead after ${seconds} s of silence` };
}

async function examineHalfClose(
  conn: Conn,
  isSilent: boolean,
): Promise<Omit<Finding, "name">> {
  const start = performance.now();
  conn.closeWrite().catch(() => {});
  let received = 0;
  let bytes = await readSoon(conn);
  for (; bytes; bytes = await readSoon(conn)) received += bytes.length;
  const ms = msSince(start);
  if (bytes === undefined) {
    const detail = `no EOF within ${SECONDS} s of ours: the server goes on`;
    return { outcome: "unknown", detail };
  }
  if (isSilent && received > 0) {
    const detail = `${received} bytes came only then: the server waits for ` +
      `the end, or a proxy before it buffers the request`;
    return { outcome: "warning", ms, detail };
  }
  return { outcome: "ok", ms, detail: "after our EOF came the server's" };
}

/** What a reset does to the other streams. */
async function examineReset(
  destination: Destination,
  earlier: Conn,
): Promise<Omit<Finding, "name">> {
  const reset = connect(destination);
  await reset.opened;
  const port = reset.localAddr?.port ?? earlier.localAddr?.port;
  reset.abort();
  const next = connect(destination);
  const start = performance.now();
  next.write(BYTE).catch(() => {});
  const isOpen = await isSoon(next.opened);
  const ms = msSince(start);
  const isSame = next.localAddr?.port === port;
  next.abort();
  if (!isOpen) {
    return { outcome: "warning", detail: "no new stream opens after ours" };
  }
  if (isSame) {
    const detail = "ours leaves the session as it is; none of the server's " +
      "could be provoked";
    return { outcome: "ok", ms, detail };
  }
  const detail = "ours made the server end the whole session";
  return { outcome: "warning", ms, detail };
}
