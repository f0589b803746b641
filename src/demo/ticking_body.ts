/** How long a stream may go on, in milliseconds. */
const MAX_AGE_MS = 10 * 60_000;

/** Options of {@linkcode tickingBody}. */
export interface TickOptions {
  /** What comes at once. */
  readonly first: string;
  /** What comes at each tick. */
  next(): string;
  readonly intervalMs: number;
  /** Ends the stream. */
  readonly closing: AbortSignal;
  /** Called once it has ended, whoever ended it. */
  onEnd?(): void;
}

/**
 * A body that says something again and again until its reader leaves, at most
 * for ten minutes. To a reader that does not keep up it says less.
 */
export function tickingBody(options: TickOptions): ReadableStream<Uint8Array> {
  const { first, next, intervalMs, closing, onEnd } = options;
  const encoder = new TextEncoder();
  const end = performance.now() + MAX_AGE_MS;
  let timer: ReturnType<typeof setInterval> | undefined;
  let close: (() => void) | undefined;

  function stop(): void {
    clearInterval(timer);
    closing.removeEventListener("abort", close!);
    onEnd?.();
  }

  return new ReadableStream({
    start(controller) {
      close = () => {
        stop();
        controller.close();
      };
      function tick(): void {
        if (performance.now() > end) close!();
        else if (controller.desiredSize! > 0) {
          controller.enqueue(encoder.encode(next()));
        }
      }
      controller.enqueue(encoder.encode(first));
      timer = setInterval(tick, intervalMs);
      closing.addEventListener("abort", close);
      if (closing.aborted) close();
    },
    cancel: stop,
  }, { highWaterMark: 4 });
}
