import v8 from "node:v8";
import vm from "node:vm";
import { sleep } from "./raw_peer.ts";

export const MB = 1024 * 1024;

/** The bound that h2conn keeps for each peer. */
export const PEER_BOUND = 16 * MB;

let collect: (() => void) | undefined;

function collectGarbage(): void {
  const { Bun } = globalThis as { Bun?: { gc(force: boolean): void } };
  if (Bun !== undefined) return Bun.gc(true);
  if (collect === undefined) {
    v8.setFlagsFromString("--expose-gc");
    collect = vm.runInNewContext("gc") as () => void;
  }
  collect();
}

/** Bytes that are in use: of the heap, and of buffers outside it. */
export async function usedMemory(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    collectGarbage();
    await sleep(20);
  }
  const { heapUsed, external } = process.memoryUsage();
  // JavaScriptCore counts the buffers with the heap.
  return "Bun" in globalThis ? heapUsed : heapUsed + external;
}

/** Timers, sockets and the like that are open, as far as a runtime tells. */
export function openHandles(): string {
  return process.getActiveResourcesInfo().sort().join(" ");
}
