import { handle } from "../../../mod.ts";
import { nativeServe } from "../../support/native_serve.ts";
import type { Adapter, Listening, OnConn } from "../adapter.ts";

/** `accept` in a handler of `Deno.serve`. */
export const denoServe: Adapter = {
  name: "`Deno.serve`",
  runtimes: ["deno"],
  serve,
  lacks: {
    "goaway": "hyper ends the streams of a session that gets GOAWAY",
  },
};

/** `accept` in a handler of `Bun.serve({ http2: true })`. */
export const bunServe: Adapter = {
  name: "`Bun.serve`",
  runtimes: ["bun"],
  serve,
};

function serve(onConn: OnConn): Promise<Listening> {
  const handler = handle((conn, _request, info) => onConn(conn, info));
  return Promise.resolve(nativeServe(handler));
}
