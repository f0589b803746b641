/**
 * Runs the crossed conformance tests on Deno, Bun and Node, and prints how many
 * of nettest's subtests pass for each pair, as a Markdown table. Each pair has
 * 22: eleven with the client under test, eleven with the server.
 *
 *     deno run -A scripts/nettest_table.ts
 *
 * @module
 */

const runtimes = ["deno", "bun", "node"];
const titles = ["Deno", "Bun", "Node"];
const subtests = 22;

const results = await Deno.makeTempFile({ prefix: "h2conn-nettest-" });
const { success } = await new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", "scripts/test.ts", "tests/crossed/crossed.test.ts"],
  env: { H2CONN_CROSSED_RESULTS: results },
  stdin: "null",
  stdout: "null",
}).output();

/** How often each `client server` passed. */
const passed = new Map<string, number>();
for (const pair of (await Deno.readTextFile(results)).split("\n")) {
  passed.set(pair, (passed.get(pair) ?? 0) + 1);
}
await Deno.remove(results);

const rows = runtimes.map((client, i) => {
  const cells = runtimes.map((server) =>
    `${passed.get(`${client} ${server}`) ?? 0}/${subtests}`
  );
  return [`${titles[i]} as client`, ...cells];
});
const header = ["", ...titles.map((title) => `${title} as server`)];
for (const row of [header, header.map(() => "---"), ...rows]) {
  console.log(`| ${row.join(" | ")} |`);
}

const isWhole = rows.every((row) =>
  row.slice(1).every((cell) => cell === `${subtests}/${subtests}`)
);
Deno.exit(success && isWhole ? 0 : 1);
