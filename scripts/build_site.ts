/**
 * Puts the pages of the demo site, `src/demo/site/`, into a module of strings,
 * since a published package has no files beside its modules to read:
 *
 *     deno task site            writes src/demo/assets.ts
 *     deno task site --check    fails if it is not what it would write
 *
 * @module
 */

const FOLDER = new URL("../src/demo/site/", import.meta.url);
const MODULE = new URL("../src/demo/assets.ts", import.meta.url);

const text = await build();
if (!Deno.args.includes("--check")) {
  await Deno.writeTextFile(MODULE, text);
} else if (await Deno.readTextFile(MODULE).catch(() => "") !== text) {
  console.error("src/demo/assets.ts is out of date: run `deno task site`");
  Deno.exit(1);
}

async function build(): Promise<string> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(FOLDER)) names.push(name);
  const entries = names.sort().map(async (name) => {
    const content = await Deno.readTextFile(new URL(name, FOLDER));
    return `  [\n    "${name}",\n    \`${escaped(content)}\`,\n  ],\n`;
  });
  return `// Made from src/demo/site/ by scripts/build_site.ts; do not edit.

/** What the demo site's pages are made of, by name. */
export const ASSETS: ReadonlyMap<string, string> = new Map([
${(await Promise.all(entries)).join("")}]);
`;
}

/** For a template literal. */
function escaped(content: string): string {
  return content.replace(/[\\`]|\$\{/g, "\\$&");
}
