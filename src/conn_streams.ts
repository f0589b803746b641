/** What the web streams of a Conn need of it. */
export interface StreamSource {
  read(p: Uint8Array): Promise<number | null>;
  readChunk(): Promise<Uint8Array<ArrayBuffer> | null>;
  cancelRead(): void;
}

/** Where the web streams of a Conn write to. */
export interface StreamTarget {
  write(p: Uint8Array): Promise<number>;
  closeWrite(): Promise<void>;
  abort(reason: { cause: unknown }): void;
}

/**
 * A byte stream over the Conn. It takes nothing ahead of its reader, so that
 * direct reads and the stream can take turns.
 */
export function makeReadable(
  source: StreamSource,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    type: "bytes",
    async pull(controller) {
      const request = controller.byobRequest;
      if (request) {
        const bytes = await source.read(request.view as Uint8Array);
        if (bytes === null) controller.close();
        request.respond(bytes ?? 0);
        return;
      }
      const chunk = await source.readChunk();
      if (chunk === null) controller.close();
      else controller.enqueue(chunk);
    },
    cancel() {
      source.cancelRead();
    },
  }, { highWaterMark: 0 });
}

/** A stream that writes to the Conn, and hears at once when it is cut. */
export function makeWritable(
  target: StreamTarget,
  closed: Promise<void>,
): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>({
    start(controller) {
      closed.catch((error) => controller.error(error));
    },
    async write(chunk) {
      await target.write(chunk);
    },
    close() {
      return target.closeWrite();
    },
    abort(reason) {
      target.abort({ cause: reason });
    },
  });
}
