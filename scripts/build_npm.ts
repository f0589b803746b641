/**
 * Builds the npm package: all of `npm/`, which is not kept in git.
 *
 *     deno task npm
 *
 * `deno pack` makes the JavaScript and the declaration files of every entry
 * point that deno.json exports. This gives the package its npm name, a
 * package.json and its program, and each entry point a version for browsers.
 *
 * @module
 */

import { dirname, relative } from "node:path/posix";
import { fileURLToPath } from "node:url";
import { VERSION } from "../src/cli/version.ts";
import { makeProgram } from "./npm_program.ts";

const NAME = "h2conn";

/** Where the package is built. */
export const NPM_FOLDER: string = new URL("../npm", import.meta.url).pathname;

/** What only npm wants to know. */
const METADATA = {
  description: "Full-duplex connections over HTTP/2 for Deno, Bun and Node",
  keywords: ["bun", "deno", "duplex", "h2c", "http2", "node", "stream"],
  sideEffects: false,
  // The first with Symbol.asyncDispose.
  engines: { node: ">=20.4.0" },
  // For `h2conn chat serve --redis` alone.
  peerDependencies: { "@redis/client": "^6.3.1" },
  peerDependenciesMeta: { "@redis/client": { optional: true } },
};

/** Global types of Deno and the DOM that @types/node does not have. */
const MISSING_TYPES = {
  BodyInit: "NonNullable<ConstructorParameters<typeof Response>[0]>",
  HeadersInit: "NonNullable<ConstructorParameters<typeof Headers>[0]>",
};

/** The package.json that `deno pack` writes, as far as it is used. */
interface Packed {
  name: string;
  version: string;
  license: string;
  exports: Record<string, { types?: string; default: string }>;
}

/** The package.json of npm. */
export interface NpmPackage {
  name: string;
  version: string;
  engines: { node: string };
  exports: Record<string, Record<string, string>>;
  bin: Record<string, string>;
}

/** Builds `npm/` from nothing and gives its package.json. */
export async function buildNpm(): Promise<NpmPackage> {
  const packed = await pack();
  const files = await list(NPM_FOLDER, true);
  for (const file of files) await adaptText(`${NPM_FOLDER}/${file}`, packed);
  const exports: NpmPackage["exports"] = {};
  for (
    const [entry, { types, default: js }] of Object.entries(packed.exports)
  ) {
    if (types === undefined) throw new Error(`"${entry}" has no types`);
    const browser = await writeBrowserVersion(js);
    // The first condition that holds wins. A bundler for Node may say
    // "browser" too, and whoever says nothing may have sockets.
    exports[entry] = {
      types,
      deno: js,
      bun: js,
      node: js,
      browser,
      default: js,
    };
  }
  const { version, license } = packed;
  if (version !== VERSION) throw new Error(`The program says ${VERSION}`);
  const program = await makeProgram(
    NPM_FOLDER,
    (args) => run(Deno.execPath(), args),
  );
  const json = {
    name: NAME,
    version,
    license,
    ...METADATA,
    type: "module",
    exports,
    bin: { [NAME]: program },
    files: (await list(NPM_FOLDER)).filter((name) => name !== "package.json"),
  };
  await Deno.writeTextFile(
    `${NPM_FOLDER}/package.json`,
    JSON.stringify(json, null, 2) + "\n",
  );
  return json;
}

/** Has Deno strip the types, write declarations and rename `.ts` to `.js`. */
async function pack(): Promise<Packed> {
  const tarball = await Deno.makeTempFile({ suffix: ".tgz" });
  try {
    await run(Deno.execPath(), [
      "pack",
      "--quiet",
      "--allow-dirty",
      // They would tell where this was built, and double its size.
      "--no-source-maps",
      `--output=${tarball}`,
    ]);
    await Deno.remove(NPM_FOLDER, { recursive: true }).catch(() => {});
    await Deno.mkdir(NPM_FOLDER);
    await run("tar", ["-xzf", tarball, "--strip-components=1"], NPM_FOLDER);
  } finally {
    await Deno.remove(tarball);
  }
  return JSON.parse(await Deno.readTextFile(`${NPM_FOLDER}/package.json`));
}

/** What `deno pack` leaves to do in a file. */
async function adaptText(path: string, { name }: Packed): Promise<void> {
  let text = await Deno.readTextFile(path);
  // In the README and in examples, the package is called what npm calls it.
  const quoted = new RegExp(`(?<=["'\`])${name}(?=["'\`/])`, "g");
  text = text.replace(quoted, NAME);
  if (path.endsWith(".d.ts")) {
    for (const [type, definition] of Object.entries(MISSING_TYPES)) {
      if (!new RegExp(`\\b${type}\\b`).test(text)) continue;
      text += `type ${type} = ${definition};\n`;
    }
  }
  await Deno.writeTextFile(path, text);
}

/**
 * Writes the version of an entry point that bundles for browsers get: what
 * needs no sockets is there, such as the errors; what does says so in one
 * sentence when it is called. Gives the path of the file to use.
 */
async function writeBrowserVersion(entry: string): Promise<string> {
  const url = new URL(entry, `file://${NPM_FOLDER}/`).href;
  const imports = await moduleGraph(url);
  if (!needsRuntime(url, imports)) return entry;

  const missing = new Set(Object.keys(await import(url)));
  const lines: string[] = [];
  const text = await Deno.readTextFile(new URL(url));
  for (const [line, names, from] of text.matchAll(RE_EXPORT)) {
    if (needsRuntime(new URL(from, url).href, imports)) continue;
    lines.push(line);
    for (const name of names.split(",")) {
      missing.delete(name.trim().split(" as ").at(-1)!);
    }
  }
  for (const name of missing) {
    lines.push(`export const ${name} = /* @__PURE__ */ missing("${name}");`);
  }
  const errors = [...imports.keys()].find((m) => m.endsWith("/errors.js"))!;
  const from = relativePath(url, errors);
  const file = entry.replace(/\.js$/, ".browser.js");
  await Deno.writeTextFile(
    `${NPM_FOLDER}/${file}`,
    `import { NotSupportedError as Missing } from "${from}";

${lines.join("\n")}

function missing(name) {
  return function () {
    throw new Missing(
      \`"\${name}" of ${NAME} needs TCP sockets, which browsers do not have: call it on Deno, Bun or Node\`,
    );
  };
}
`,
  );
  return file;
}

function relativePath(from: string, to: string): string {
  const path = relative(dirname(fileURLToPath(from)), fileURLToPath(to));
  return path.startsWith(".") ? path : `./${path}`;
}

/** One line of an entry point, as Deno prints it. */
const RE_EXPORT = /\bexport \{([^}]+)\} from "([^"]+)";$/gm;

/** The modules that each module imports, from one on. */
async function moduleGraph(url: string): Promise<Map<string, string[]>> {
  const { modules } = JSON.parse(
    await run(Deno.execPath(), ["info", "--json", url]),
  ) as {
    modules: {
      specifier: string;
      dependencies?: { code?: { specifier: string } }[];
    }[];
  };
  return new Map(modules.map(({ specifier, dependencies = [] }) => [
    specifier,
    dependencies.flatMap(({ code }) => code?.specifier ?? []),
  ]));
}

/** Whether a module, or one that it imports, is one of the runtime's own. */
function needsRuntime(
  module: string,
  imports: ReadonlyMap<string, string[]>,
  seen: Set<string> = new Set(),
): boolean {
  if (!module.startsWith("file:")) return true;
  if (seen.has(module)) return false;
  seen.add(module);
  return imports.get(module)!.some((next) => needsRuntime(next, imports, seen));
}

/** What a folder holds, or all files in it and in its folders. */
async function list(folder: string, deep = false): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (!deep || !isDirectory) names.push(name);
    else {
      const inner = await list(`${folder}/${name}`, true);
      names.push(...inner.map((path) => `${name}/${path}`));
    }
  }
  return names.sort();
}

async function run(
  command: string,
  args: string[],
  cwd = new URL("..", import.meta.url).pathname,
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout);
  throw new Error(
    `${command} ${args.join(" ")} failed:\n${decoder.decode(stderr)}`,
  );
}

if (import.meta.main) {
  const { name, version, exports } = await buildNpm();
  const entries = Object.keys(exports).map((entry) => name + entry.slice(1));
  console.log(`Built ${name} ${version} in npm/: ${entries.join(", ")}`);
}
