import type { Socket } from "node:net";
import { CLIENT_PREFACE } from "../http2/frame.ts";
import { MAX_DELAY, Timer } from "../timer.ts";

/** What {@linkcode sniffPreface} needs to know. */
export interface PrefaceSniffOptions {
  /** Milliseconds to wait for bytes; 0 is for ever. */
  readonly timeout: number;
  /** Everything that came can be read from the socket again. */
  onKnown(hasPreface: boolean): void;
  /** The socket closed before it was known. */
  onGone(): void;
}

const PREFACE = String.fromCharCode(...CLIENT_PREFACE);

/**
 * Looks whether a socket starts with HTTP/2's preface. Who is silent is taken
 * for one that does not. Gives a function that decides at once.
 */
export function sniffPreface(
  socket: Socket,
  options: PrefaceSniffOptions,
): () => void {
  let start = "";
  const chunks: Uint8Array[] = [];
  const timer = new Timer(() => finish(false), { ref: false });

  function finish(hasPreface: boolean): void {
    stop();
    socket.pause();
    for (const chunk of chunks.reverse()) socket.unshift(chunk);
    options.onKnown(hasPreface);
    // Hands it on now: on Deno 2.9 an HTTP server's parser would get what comes
    // next before what was unshifted.
    socket.read();
    socket.resume();
  }

  function stop(): void {
    timer.clear();
    socket.off("data", onData);
    socket.off("end", onEnd);
    socket.off("close", onClose);
    socket.off("error", ignore);
  }

  function onData(chunk: Uint8Array): void {
    chunks.push(chunk);
    start += String.fromCharCode(...chunk.subarray(0, PREFACE.length));
    if (start.startsWith(PREFACE)) finish(true);
    else if (!PREFACE.startsWith(start)) finish(false);
  }

  function onEnd(): void {
    socket.destroy();
  }

  function onClose(): void {
    stop();
    options.onGone();
  }

  timer.set(options.timeout || MAX_DELAY);
  socket.on("data", onData);
  socket.on("end", onEnd);
  socket.on("close", onClose);
  socket.on("error", ignore);
  return () => finish(false);
}

function ignore(): void {}
