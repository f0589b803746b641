/** What the web streams of a MessageConn need of it. */
export interface MessageSource<Receive> {
  receive(): Promise<Receive | undefined>;
  cancelReceive(reason: unknown): Promise<void>;
}

/** Where the web streams of a MessageConn send to. */
export interface MessageTarget<Send> {
  send(message: Send): Promise<void>;
  end(): Promise<void>;
  abort(reason: { cause: unknown }): void;
}

/** A stream of messages that takes none ahead of its reader. */
export function makeReadable<Receive>(
  source: MessageSource<Receive>,
): ReadableStream<Receive> {
  return new ReadableStream<Receive>({
    async pull(controller) {
      const message = await source.receive();
      if (message === undefined) controller.close();
      else controller.enqueue(message);
    },
    cancel(reason) {
      return source.cancelReceive(reason);
    },
  }, { highWaterMark: 0 });
}

/** A stream that sends messages, and hears at once when the Conn is cut. */
export function makeWritable<Send>(
  target: MessageTarget<Send>,
  closed: Promise<void>,
): WritableStream<Send> {
  return new WritableStream<Send>({
    start(controller) {
      closed.catch((error) => controller.error(error));
    },
    write(message) {
      return target.send(message);
    },
    close() {
      return target.end();
    },
    abort(reason) {
      target.abort({ cause: reason });
    },
  });
}
