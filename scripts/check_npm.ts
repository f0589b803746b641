/**
 * Builds the npm package, packs it, and uses the tarball as others would:
 *
 *     deno task check:npm
 *
 * publint, attw and two versions of TypeScript read it; esbuild bundles it for
 * browsers; the programs in tests/package, compiled against it, run on Node
 * from the oldest version that it is for, on Bun and on Deno. It prints a line
 * for each check and fails if any did. The folders that it works in go away at
 * the end, unless H2CONN_KEEP is set.
 *
 * @module
 */

import { connTests } from "../src/testing/mod.ts";
import { buildNpm, NPM_FOLDER, type NpmPackage } from "./build_npm.ts";
import { makeAuthority } from "./certificates.ts";
import {
  killAll,
  run,
  type RunOptions,
  startServer,
} from "./interop/processes.ts";
import { findNode, findRuntimes, type RuntimeCommand } from "./runtimes.ts";

const MINUTES = 10;

/** What reads the package; TypeScript twice, for many have not moved on. */
const TOOLS = [
  "@arethetypeswrong/cli@0.18",
  "@types/node@26",
  "esbuild@0.28",
  "publint@0.3",
  "typescript@7",
  "typescript-5@npm:typescript@5.9",
];

/** Programs that run the contract suite, and over how many kinds of pairs. */
const SUITES = {
  // Each way round, in cleartext and over TLS.
  conformance: 4,
  // Each way round, over five kinds of client and server.
  node_adapter: 10,
};

const PROGRAMS = ["browser", "echo", ...Object.keys(SUITES)];

/** The ways in which TypeScript looks at a package. */
const CONSUMERS = {
  "nodenext, ES2023 and @types/node": {
    module: "nodenext",
    lib: ["ES2023"],
    types: ["node"],
  },
  "nodenext, DOM and @types/node": {
    module: "nodenext",
    lib: ["ES2023", "DOM"],
    types: ["node"],
  },
  "bundler, ES2023 and @types/node": {
    module: "esnext",
    moduleResolution: "bundler",
    lib: ["ES2023"],
    types: ["node"],
  },
  "bundler, DOM and no @types/node": {
    module: "esnext",
    moduleResolution: "bundler",
    lib: ["ES2023", "DOM", "ESNext.Disposable"],
    types: [],
  },
};

/** What is checked, and with what. */
interface Subject {
  readonly npm: NpmPackage;
  readonly tarball: string;
  /** Where the projects are made that use it. */
  readonly folder: string;
  readonly runtimes: Record<"deno" | "bun" | "node", RuntimeCommand>;
}

let passed = 0;
let failed = 0;

/** Runs one check, which says what it saw or throws. */
async function check(
  name: string,
  see: () => Promise<string>,
): Promise<boolean> {
  const start = performance.now();
  try {
    const seen = await see();
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`ok   ${name} — ${seen} (${seconds} s)`);
    passed++;
    return true;
  } catch (error) {
    console.log(`FAIL ${name} — ${(error as Error).message.trim()}`);
    failed++;
    return false;
  }
}

/** The output of a command that has to succeed. */
async function output(
  command: string,
  args: readonly string[],
  options: Omit<RunOptions, "seconds"> & { seconds?: number },
): Promise<string> {
  const ended = await run(command, args, { seconds: 60, ...options });
  const text = ended.stdout + ended.stderr;
  if (ended.success) return text;
  throw new Error(`${command} ${args.join(" ")}:\n${text.slice(-4000)}`);
}

function expect(text: string, pattern: RegExp): void {
  if (!pattern.test(text)) throw new Error(`No ${pattern} in:\n${text}`);
}

function writeJson(path: string, json: unknown): Promise<void> {
  return Deno.writeTextFile(path, JSON.stringify(json, null, 2));
}

/** Makes the tarball and gives its path. */
async function pack(folder: string): Promise<string> {
  await output("npm", ["pack", `--pack-destination=${folder}`], {
    cwd: NPM_FOLDER,
  });
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".tgz")) return `${folder}/${name}`;
  }
  throw new Error("npm pack has made no tarball");
}

/** Installs the tarball, and others, into an empty project. */
async function npmInstall(
  cwd: string,
  tarball: string,
  ...others: string[]
): Promise<string> {
  const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts"];
  await Deno.mkdir(cwd);
  await writeJson(`${cwd}/package.json`, { private: true, type: "module" });
  await output("npm", [...args, tarball, ...others], { cwd, seconds: 180 });
  return others.length === 0 ? "nothing else" : others.join(", ");
}

/** Reads the package with all tools, which compiles the programs. */
async function checkShape(cwd: string, subject: Subject): Promise<void> {
  const { tarball, runtimes: { node } } = subject;
  const tool = (name: string, ...args: string[]) =>
    output(`${cwd}/node_modules/.bin/${name}`, args, { cwd });
  await check("publint", async () => {
    expect(await tool("publint", tarball, "--strict"), /All good!/);
    return "nothing to say";
  });
  await check("attw", async () => {
    await tool("attw", tarball, "--profile=esm-only", "--no-color");
    return "nothing to say";
  });
  await makeSources(`${cwd}/src`, subject.npm);
  for (const typescript of ["typescript", "typescript-5"]) {
    const tsc = `${cwd}/node_modules/${typescript}/bin/tsc`;
    const version = (await output(node.command, [tsc, "--version"], { cwd }))
      .replace("Version", "").trim();
    for (const [consumer, options] of Object.entries(CONSUMERS)) {
      await check(`TypeScript ${version}: ${consumer}`, async () => {
        // Without @types/node, the entry point that pages have a use for.
        const files = options.types.length === 0
          ? ["browser"]
          : [...PROGRAMS, "entries"];
        await writeJson(`${cwd}/tsconfig.json`, {
          compilerOptions: {
            strict: true,
            skipLibCheck: false,
            target: "ES2022",
            rootDir: "src",
            outDir: "out",
            ...options,
          },
          files: files.map((file) => `src/${file}.ts`),
        });
        await output(node.command, [tsc, "--project", cwd], { cwd });
        return "no error";
      });
    }
  }
}

/** The programs, and one that imports all there is, under their npm names. */
async function makeSources(folder: string, npm: NpmPackage): Promise<void> {
  await Deno.mkdir(folder);
  for (const program of PROGRAMS) {
    const url = new URL(`../tests/package/${program}.ts`, import.meta.url);
    const text = await Deno.readTextFile(url);
    await Deno.writeTextFile(
      `${folder}/${program}.ts`,
      text.replaceAll('"@h2conn/h2conn', `"${npm.name}`),
    );
  }
  const entries = Object.keys(npm.exports).map((entry, index) =>
    `export * as entry${index} from "${npm.name}${entry.slice(1)}";\n`
  );
  await Deno.writeTextFile(`${folder}/entries.ts`, entries.join(""));
}

/** Bundles for browsers, and runs what comes of it. */
async function checkBrowser(cwd: string, { runtimes }: Subject): Promise<void> {
  const { command } = runtimes.node;
  await check("esbuild --platform=browser", async () => {
    for (const name of ["entries", "browser"]) {
      await output(`${cwd}/node_modules/.bin/esbuild`, [
        `out/${name}.js`,
        "--bundle",
        "--format=esm",
        "--platform=browser",
        `--outfile=bundles/${name}.js`,
      ], { cwd });
    }
    await output(command, ["bundles/entries.js"], { cwd });
    const text = await output(command, ["bundles/browser.js"], { cwd });
    expect(text, /^"connect" of h2conn needs .*\n"Client" of .*\n8\n$/);
    return text.split("\n")[0];
  });
}

async function checkRuntimes(
  programs: string,
  subject: Subject,
): Promise<void> {
  const { npm, tarball, folder, runtimes: { deno, bun, node } } = subject;

  const nodeFolder = `${folder}/node`;
  if (await check("npm install", () => npmInstall(nodeFolder, tarball))) {
    await addPrograms(nodeFolder, programs);
    const oldest = npm.engines.node.replace(">=", "node@");
    for (const spec of [oldest, "node@20", "node@22", "node@24"]) {
      const older = await findNode(spec);
      await checkRuntime(older, ["--test-reporter=tap"], nodeFolder);
      await checkProgram(older, npm, nodeFolder);
    }
    await checkRuntime(node, ["--test-reporter=tap"], nodeFolder);
    await checkProgram(node, npm, nodeFolder);
  }

  const bunFolder = `${folder}/bun`;
  const isAdded = await check("bun add", async () => {
    await Deno.mkdir(bunFolder);
    await writeJson(`${bunFolder}/package.json`, { private: true });
    await output(bun.command, ["add", tarball], { cwd: bunFolder });
    return "nothing else";
  });
  if (isAdded) {
    await addPrograms(bunFolder, programs);
    await checkRuntime(bun, ["test", "--timeout=90000"], bunFolder);
    await checkProgram(bun, npm, bunFolder);
  }

  const denoFolder = `${folder}/deno`;
  await Deno.mkdir(denoFolder);
  await writeJson(`${denoFolder}/deno.json`, {
    nodeModulesDir: "auto",
    imports: { [npm.name]: `npm:${npm.name}@${npm.version}` },
    // What npm has unpacked, instead of what the registry has.
    links: [`${nodeFolder}/node_modules/${npm.name}`],
  });
  await addPrograms(denoFolder, programs);
  await checkRuntime(deno, ["test", "-A", "--no-check"], denoFolder);
  const denoArgs = [...deno.args, `--config=${denoFolder}/deno.json`];
  await checkProgram({ ...deno, args: denoArgs }, npm, denoFolder);
}

/** Gives a project the compiled programs, and the certificates they read. */
async function addPrograms(cwd: string, programs: string): Promise<void> {
  for (const program of ["echo", ...Object.keys(SUITES)]) {
    await Deno.copyFile(`${programs}/${program}.js`, `${cwd}/${program}.js`);
  }
  const { ca, cert, key } = await (await makeAuthority()).server();
  for (const [name, pem] of Object.entries({ ca, cert, key })) {
    await Deno.writeTextFile(`${cwd}/${name}.pem`, pem);
  }
}

async function checkRuntime(
  { label, command, args }: RuntimeCommand,
  testArgs: readonly string[],
  cwd: string,
): Promise<void> {
  await check(`${label}: an echo`, async () => {
    const text = await output(command, [...args, "echo.js"], { cwd });
    expect(text, /^http: echoed\nhttps: echoed\n$/);
    return "in cleartext and over TLS";
  });
  for (const [suite, pairs] of Object.entries(SUITES)) {
    await check(`${label}: the contract suite, ${suite}`, async () => {
      const text = await output(command, [...testArgs, `./${suite}.js`], {
        cwd,
        seconds: 180,
      });
      // As Node's TAP, Bun and Deno put it.
      const count = /^# pass (\d+)$|\b(\d+) pass/m.exec(text);
      const tests = Number(count?.[1] ?? count?.[2] ?? 0);
      const all = pairs * connTests.length;
      if (tests === all) return `${tests} tests`;
      throw new Error(`${tests} tests passed, not ${all}:\n${text}`);
    });
  }
}

/** The program that comes with the package: two of it echo over TLS. */
async function checkProgram(
  { label, command, args }: RuntimeCommand,
  { name, version }: NpmPackage,
  cwd: string,
): Promise<void> {
  const program = label.startsWith("Deno")
    ? `npm:${name}@${version}`
    : `${cwd}/node_modules/.bin/${name}`;
  const h2conn = (...more: string[]) =>
    output(command, [...args, program, ...more], { cwd });
  await check(`${label}: the program`, async () => {
    expect(await h2conn("--help"), /^Usage: h2conn COMMAND/m);
    expect(await h2conn("--version"), RegExp(`^${RegExp.escape(version)}\n$`));
    const files = await Deno.makeTempDir({ dir: cwd });
    await h2conn("cert", "--dir", files);
    const server = await startServer(command, [
      ...args,
      program,
      "serve",
      "--port=0",
      `--cert=${files}/cert.pem`,
      `--key=${files}/key.pem`,
      "--exec=echo hello; tr a-z A-Z",
    ]);
    const text = await h2conn("connect", `--ca=${files}/ca.pem`, server.url);
    const fault = await server.stop();
    if (fault !== undefined) throw new Error(fault);
    expect(text, /^hello\n$/);
    return `${version}, with certificates of its own`;
  });
}

async function checkAll(folder: string): Promise<void> {
  const npm = await buildNpm();
  const tarball = await pack(folder);
  const subject = { npm, tarball, folder, runtimes: await findRuntimes() };
  const tools = `${folder}/tools`;
  const install = () => npmInstall(tools, tarball, ...TOOLS);
  if (!await check("npm install, beside the tools", install)) return;
  await checkShape(tools, subject);
  await checkBrowser(tools, subject);
  await checkRuntimes(`${tools}/out`, subject);
}

/** Ends the script, whatever still runs. */
function finish(): never {
  killAll();
  if (Deno.env.get("H2CONN_KEEP")) console.log(`\nKept ${folder}`);
  else Deno.removeSync(folder, { recursive: true });
  console.log(`\n${passed} passed, ${failed} failed`);
  Deno.exit(failed === 0 && passed > 0 ? 0 : 1);
}

const folder = await Deno.makeTempDir({ prefix: "h2conn-npm-" });
setTimeout(() => {
  console.log(`FAIL all — not done within ${MINUTES} minutes`);
  failed++;
  finish();
}, MINUTES * 60_000);
try {
  await checkAll(folder);
} catch (error) {
  console.log(`FAIL all — ${error}`);
  failed++;
}
finish();
