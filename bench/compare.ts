// Measures h2conn against the runtime's own node:http2, in turn, in one
// process, and prints the ratio of the medians: above 1, h2conn is faster.
//
//     deno run -A bench/compare.ts
//     bun bench/compare.ts
//     node bench/compare.ts
import { SCENARIOS } from "./scenarios.ts";
import { h2connStack, nodeHttp2Stack } from "./stacks.ts";

const RUNS = Number(process.argv[2] ?? 5);

const { deno, bun, node } = process.versions;
console.log(
  deno ? `Deno ${deno}` : bun ? `Bun ${bun}` : `Node ${node}`,
  `(${RUNS} runs each)`,
);
for (const scenario of SCENARIOS) {
  const ours: number[] = [];
  const theirs: number[] = [];
  // The first round warms both up.
  for (let run = 0; run <= RUNS; run++) {
    for (
      const [make, results] of [
        [h2connStack, ours],
        [nodeHttp2Stack, theirs],
      ] as const
    ) {
      await using stack = await make();
      const result = await scenario.run(() => stack.open());
      if (run > 0) results.push(result);
    }
  }
  const [mine, other] = [median(ours), median(theirs)];
  console.log(
    `${scenario.name}: ${mine.toFixed(0)} against ${other.toFixed(0)} ` +
      `${scenario.unit}, ratio ${(mine / other).toFixed(2)}`,
  );
}
process.exit(0);

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
