/**
 * What the npm package needs besides its entry points to be a program too.
 *
 * @module
 */

/** Where the program is, in the repository and in the package. */
const FOLDER = "src/cli";

/** What `deno info` tells of a module. */
interface ModuleInfo {
  modules: { npmPackage?: string }[];
  npmPackages: Record<string, NpmInfo>;
}

/** A package of npm, with the ids of those that it needs. */
interface NpmInfo {
  name: string;
  version: string;
  dependencies: string[];
}

/** How to start Deno, and where. */
export type RunDeno = (args: string[]) => Promise<string>;

/** Completes the program in a package, and gives the path for `bin`. */
export async function makeProgram(
  npmFolder: string,
  deno: RunDeno,
): Promise<string> {
  const folder = `${npmFolder}/${FOLDER}`;
  // It is no entry point, so `deno pack` has left it as it was.
  const main = await Deno.readTextFile(`${folder}/main.ts`);
  await Deno.writeTextFile(`${folder}/main.js`, main.replace('.ts"', '.js"'));
  await Deno.remove(`${folder}/main.ts`);
  await Deno.chmod(`${folder}/main.js`, 0o755);
  await bundleAuthority(folder, deno);
  return `${FOLDER}/main.js`;
}

/**
 * Puts the library that makes certificates into the one module that uses it:
 * `npx h2conn cert` works, and who installs h2conn as a library gets no other
 * package with it.
 */
async function bundleAuthority(folder: string, deno: RunDeno): Promise<void> {
  const source = `${FOLDER}/authority.ts`;
  await deno([
    "bundle",
    "--quiet",
    "--minify",
    `--output=${folder}/authority.js`,
    source,
  ]);
  const info: ModuleInfo = JSON.parse(await deno(["info", "--json", source]));
  const licences = await Promise.all(packagesIn(info).map(licenceOf));
  await Deno.writeTextFile(
    `${folder}/authority.LICENSES.txt`,
    `authority.js contains these packages.\n\n${licences.sort().join("\n")}`,
  );
}

/** The packages that a module needs, with those that they need. */
function packagesIn({ modules, npmPackages }: ModuleInfo): NpmInfo[] {
  const ids = new Set(modules.flatMap(({ npmPackage }) => npmPackage ?? []));
  for (const id of ids) {
    for (const needed of npmPackages[id].dependencies) ids.add(needed);
  }
  return [...ids].map((id) => npmPackages[id]);
}

async function licenceOf({ name, version }: NpmInfo): Promise<string> {
  const folder = `node_modules/.deno/${name.replace("/", "+")}@${version}/` +
    `node_modules/${name}`;
  for await (const entry of Deno.readDir(folder)) {
    if (!/^licen[cs]e/i.test(entry.name)) continue;
    const text = await Deno.readTextFile(`${folder}/${entry.name}`);
    return `${name} ${version}\n\n${text.trim()}\n`;
  }
  throw new Error(`"${name}" has no licence to go with it`);
}
