import type { Duplex } from "./stacks.ts";

/** One thing to measure: how much work `run` did per second. */
export interface Scenario {
  readonly name: string;
  readonly unit: string;
  run(open: () => Promise<Duplex>): Promise<number>;
}

/** Work per second. */
async function rate(work: number, run: () => Promise<unknown>) {
  const start = performance.now();
  await run();
  return work / ((performance.now() - start) / 1000);
}

async function fetchExactly(duplex: Duplex, bytes: number): Promise<void> {
  for (let left = bytes; left > 0;) {
    const read = await duplex.read();
    if (read === 0) throw new Error("The stream has ended early");
    left -= read;
  }
}

/** Everything is echoed by the server. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: "ping-pong, 100 bytes",
    unit: "round trips/s",
    async run(open) {
      const duplex = await open();
      const message = new Uint8Array(100);
      const turns = 3000;
      const result = await rate(turns, async () => {
        for (let turn = 0; turn < turns; turn++) {
          await duplex.write(message);
          await fetchExactly(duplex, message.length);
        }
      });
      duplex.end();
      return result;
    },
  },
  {
    name: "small messages, 100 bytes, pipelined",
    unit: "messages/s",
    async run(open) {
      const duplex = await open();
      const message = new Uint8Array(100);
      const count = 50_000;
      const result = await rate(count, async () => {
        const received = fetchExactly(duplex, count * message.length);
        for (let sent = 0; sent < count; sent++) await duplex.write(message);
        await received;
      });
      duplex.end();
      return result;
    },
  },
  {
    name: "bulk echo, 64 KiB writes",
    unit: "MB/s",
    async run(open) {
      const duplex = await open();
      const chunk = new Uint8Array(64 * 1024);
      const total = 64 * 1024 * 1024;
      const result = await rate(total / 1e6, async () => {
        const received = fetchExactly(duplex, total);
        for (let sent = 0; sent < total; sent += chunk.length) {
          await duplex.write(chunk);
        }
        await received;
      });
      duplex.end();
      return result;
    },
  },
  {
    name: "1000 streams at once, open, echo 100 bytes, close",
    unit: "streams/s",
    run(open) {
      const message = new Uint8Array(100);
      return rate(1000, () =>
        Promise.all(
          Array.from({ length: 1000 }, async () => {
            const duplex = await open();
            await duplex.write(message);
            await fetchExactly(duplex, message.length);
            await duplex.end();
          }),
        ));
    },
  },
];
