import type { Conn } from "../../conn.ts";
import { ResetError } from "../../errors.ts";
import {
  isResetOnRequest,
  RESET_CODE,
  RESET_ON_REQUEST,
} from "../reset_on_request.ts";
import { msSince, type Unnamed } from "./finding.ts";
import { isSoon, PATIENCE_MS, readToEnd } from "./patience.ts";

/** Opens one more stream, with these headers too. */
type Open = (headers?: HeadersInit) => Conn;

/** What a reset of ours does to the other streams. */
export async function examineOurReset(open: Open): Promise<Unnamed> {
  const reset = open();
  if (!await isSoon(reset.opened)) {
    reset.abort();
    return NO_SECOND_STREAM;
  }
  const port = reset.localAddr?.port;
  const start = performance.now();
  reset.abort();
  const next = open();
  const isOpen = await isSoon(next.opened);
  const ms = msSince(start);
  const isSame = next.localAddr?.port === port;
  next.abort();
  if (!isOpen) {
    return { outcome: "warning", detail: "after ours, no new stream opens" };
  }
  if (!isSame) {
    return { outcome: "warning", ms, detail: "it ended the whole session" };
  }
  return { outcome: "ok", ms, detail: "it leaves the session as it is" };
}

/** Whether a stream that the server cuts is one here too, and no EOF. */
export async function examineServersReset(open: Open): Promise<Unnamed> {
  const conn = open(RESET_ON_REQUEST);
  try {
    return await readReset(conn);
  } catch (error) {
    if (!(error instanceof ResetError)) throw error;
    return seenReset(error);
  } finally {
    conn.abort();
  }
}

const NO_SECOND_STREAM: Unnamed = {
  outcome: "warning",
  detail: `not tested, for no other stream opens within ${
    PATIENCE_MS / 1000
  } s`,
};

async function readReset(conn: Conn): Promise<Unnamed> {
  if (!await isSoon(conn.opened)) return NO_SECOND_STREAM;
  const { headers } = await conn.opened;
  if (!isResetOnRequest(headers)) {
    const detail = 'not tested: the echo of "h2conn serve" makes one for this';
    return { outcome: "unknown", detail };
  }
  const start = performance.now();
  const { isEnded } = await readToEnd(conn);
  const ms = msSince(start);
  if (isEnded) {
    const detail = "it comes as EOF: what is cut looks whole here; only " +
      "the end marker of a codec would tell";
    return { outcome: "warning", ms, detail };
  }
  const detail = `it does not come within ${(ms / 1000).toFixed(0)} s`;
  return { outcome: "warning", detail };
}

function seenReset(error: ResetError): Unnamed {
  if (error.h2Code.name === RESET_CODE) {
    return { outcome: "ok", detail: `it comes as one, with ${RESET_CODE}` };
  }
  const detail = `it comes as an error, with ${error.h2Code.name} instead of ` +
    RESET_CODE;
  return { outcome: "ok", detail };
}
