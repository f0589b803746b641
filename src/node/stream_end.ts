import type { Http2Stream } from "node:http2";
import { ENDS_BEFORE_RESET } from "./quirks.ts";

/**
 * Finds out how the peer's side of a stream ends. `node:http2` emits 'end' for
 * END_STREAM and for a cut alike, and after our own end says nothing more
 * (nodejs/node#35209, nodejs/node#56627). Yet it hands both to `push(null)`,
 * and for a cut the stream is closed by then.
 */
export class StreamEnd {
  #isOver: boolean;
  #isTrue: boolean;

  /**
   * `onLast` is called when all bytes are here, before `node:http2` drops those
   * that nobody has read.
   */
  constructor(stream: Http2Stream, onLast: () => void) {
    // What came before there was anyone to watch.
    this.#isTrue = !stream.pending &&
      (stream.endAfterHeaders || stream.state?.remoteClose === 1);
    this.#isOver = this.#isTrue;
    const { push } = stream;
    stream.push = (chunk, encoding) => {
      if (chunk === null) {
        this.#decide(stream);
        onLast();
      }
      return push.call(stream, chunk, encoding);
    };
  }

  /** Whether it was END_STREAM; known once the stream emits 'end'. */
  get isTrue(): boolean {
    return this.#isTrue;
  }

  #decide(stream: Http2Stream): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isTrue = !stream.closed && !stream.destroyed;
    if (!this.#isTrue || !ENDS_BEFORE_RESET) return;
    process.nextTick(() => this.#isTrue = !stream.destroyed);
  }
}
