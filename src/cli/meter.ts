/** How often what it shows changes, in milliseconds. */
const INTERVAL_MS = 500;

/** Where progress is shown: a terminal, or something like it. */
export interface Display {
  write(text: string): unknown;
}

/** Counts the bytes each way, and shows them while a transfer goes on. */
export class Meter {
  #sent = 0;
  #received = 0;
  #display: Display | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #start = 0;
  #hasShown = false;

  get sent(): number {
    return this.#sent;
  }

  get received(): number {
    return this.#received;
  }

  /** Shows progress from now on, if it lasts. */
  show(display: Display): void {
    this.#display = display;
    this.#start = performance.now();
    this.#timer = setInterval(() => this.#update(), INTERVAL_MS);
    (this.#timer as { unref?(): void }).unref?.();
  }

  /** Takes away what was shown. */
  hide(): void {
    clearInterval(this.#timer);
    if (this.#hasShown) this.#display!.write("\r\x1b[K");
  }

  /** Passes on what is sent. */
  async *countSent<T extends Uint8Array>(chunks: AsyncIterable<T>) {
    for await (const chunk of chunks) {
      yield chunk;
      // It has been taken: who asks for the next has sent this one.
      this.#sent += chunk.length;
    }
  }

  /** Passes on what is received. */
  async *countReceived<T extends Uint8Array>(chunks: AsyncIterable<T>) {
    for await (const chunk of chunks) {
      this.#received += chunk.length;
      yield chunk;
    }
  }

  #update(): void {
    const seconds = (performance.now() - this.#start) / 1000;
    const speed = (this.#sent + this.#received) / seconds;
    this.#hasShown = true;
    this.#display!.write(
      `\r\x1b[K${formatBytes(this.#sent)} sent, ` +
        `${formatBytes(this.#received)} received, ${formatBytes(speed)}/s`,
    );
  }
}

/** Bytes as people read them: `"12.3 MiB"`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  for (; bytes >= 1024 && unit < units.length - 1; unit++) bytes /= 1024;
  return `${unit === 0 ? Math.round(bytes) : bytes.toFixed(1)} ${units[unit]}`;
}
