/**
 * Visits the demo site with headless Chromium, on Deno, Bun and Node, or on the
 * runtimes named, and leaves pictures of it in a folder:
 *
 *     deno task browser [deno] [bun] [node] [--pictures=FOLDER]
 *
 * CHROMIUM is the browser to use instead of Debian's, `/usr/bin/chromium`.
 * Without either, nothing is checked, with the reason.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import axe from "axe-core";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { killAll, startServer } from "./interop/processes.ts";
import { findRuntimes } from "./runtimes.ts";

const PROGRAM = new URL("../tests/demo/site_program.ts", import.meta.url);
const DEBIAN_CHROMIUM = "/usr/bin/chromium";
const CHROMIUM = Deno.env.get("CHROMIUM") ?? DEBIAN_CHROMIUM;
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };
const TILES = 180;

// One that was named has to be there.
if (CHROMIUM === DEBIAN_CHROMIUM && !await exists(CHROMIUM)) {
  console.log(
    `SKIP browser — there is no chromium at ${CHROMIUM} (Debian's package ` +
      `chromium has it), and CHROMIUM names no other`,
  );
  console.log("0 passed, 0 failed, 1 skipped");
  Deno.exit(0);
}

const pictures = Deno.args.find((arg) => arg.startsWith("--pictures="))
  ?.slice("--pictures=".length) ??
  await Deno.makeTempDir({ prefix: "h2conn-demo-pictures-" });
await Deno.mkdir(pictures, { recursive: true });

/** What is expected of a page, and whether it is so. */
type Check = [what: string, isSo: boolean | Promise<boolean>];

let failures = 0;
const named = Deno.args.filter((arg) => !arg.startsWith("--"));
for (const [name, runtime] of Object.entries(await findRuntimes())) {
  if (named.length > 0 && !named.includes(name)) continue;
  console.log(`\n${runtime.label}`);
  const server = await startServer(runtime.command, [
    ...runtime.args,
    PROGRAM.pathname,
  ]);
  try {
    await visit(server.url, `${pictures}/${name}`);
  } catch (error) {
    failures++;
    console.error(`  FAILED ${error}`);
  }
  const fault = await server.stop();
  await report(["the server said nothing, and stayed", fault === undefined]);
  if (fault !== undefined) console.error(fault);
}
killAll();
console.log(`\nPictures in ${pictures}`);
console.log(failures === 0 ? "All is well" : `${failures} failed`);
Deno.exit(failures === 0 ? 0 : 1);

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

async function report(...checks: Check[]): Promise<void> {
  for (const [what, promise] of checks) {
    const isSo = await promise;
    console.log(`  ${isSo ? "ok    " : "FAILED"} ${what}`);
    if (!isSo) failures++;
  }
}

/** Visits every page of the site with a browser that has seen nothing yet. */
async function visit(url: string, picture: string): Promise<void> {
  const profile = await Deno.makeTempDir({ prefix: "h2conn-chromium-" });
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    args: FLAGS,
    ignoreHTTPSErrors: true,
    viewport: DESKTOP,
    colorScheme: "light",
  });
  context.setDefaultTimeout(15_000);
  const errors = collectErrors(context);
  try {
    const page = await context.newPage();
    await page.goto(url);
    await checkProtocol(page);
    await checkTiles(page);
    await checkStreams(page);
    await checkUploads(page);
    await checkKeyboard(page);
    await checkLooks(page, picture);
    await checkOtherPages(page, url, picture);
    await report(["no errors in the console", errors.length === 0]);
    for (const error of errors) console.error(`         ${error}`);
  } finally {
    await context.close();
    await Deno.remove(profile, { recursive: true });
  }
}

function collectErrors(context: BrowserContext): string[] {
  const errors: string[] = [];
  context.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  context.on("weberror", (error) => errors.push(String(error.error())));
  context.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText;
    // Streams that the page leaves.
    if (reason === "net::ERR_ABORTED") return;
    errors.push(`${request.url()}: ${reason}`);
  });
  return errors;
}

async function checkProtocol(page: Page): Promise<void> {
  await textOf(page, "#fact-requests", /\d/);
  const protocol = await page.textContent("#fact-protocol");
  const headline = await page.textContent("h1");
  await report(
    ["the page was measured to come by h2", protocol === "h2"],
    ["and says so", headline === "You are using HTTP/2"],
  );
}

async function checkTiles(page: Page): Promise<void> {
  for (const latency of ["30", "200"]) {
    await page.check(`[name=latency][value="${latency}"]`, { force: true });
    await page.click("#race button");
    await textOf(page, "#race-result", /HTTP\/2 was/, 30_000);
    const lanes = await Promise.all(["#lane-http1", "#lane-http2"].map(
      (lane) => page.textContent(`${lane} .status`),
    ));
    const shown = await page.locator(".lane img").evaluateAll((images) =>
      // deno-lint-ignore no-explicit-any
      images.filter((image: any) => image.naturalWidth === 32).length
    );
    const result = await page.textContent("#race-result");
    await report(
      ["180 tiles by HTTP/1.1", lanes[0] === "180 tiles over http/1.1"],
      ["180 tiles by HTTP/2", lanes[1] === "180 tiles over h2"],
      ["all are pictures", shown === 2 * TILES],
      // With a short wait, a busy machine decides.
      [result!, latency === "30" || /times faster/.test(result!)],
    );
  }
}

async function checkStreams(page: Page): Promise<void> {
  await changed(() => page.textContent("#clock-time"));
  await changed(() => page.getAttribute("#chart .streams", "d"));
  const label = await page.getAttribute("#chart svg", "aria-label");
  const peak = Number(/at most (\d+)/.exec(label ?? "")?.[1]);
  const open = Number(await page.textContent("#live-streams"));
  await report(
    ["the clock ticks, the chart moves", true],
    [`the chart saw ${peak} streams at once`, peak >= 100],
    [`${open} streams are open: clock and chart`, open === 2],
  );
  await page.click("#clock-toggle");
  await textOf(page, "#clock-status", /^Left after/);
  await textOf(page, "#live-streams", /^1$/);
  await page.click("#clock-toggle");
  await textOf(page, "#clock-status", /in one response/);
  await textOf(page, "#live-streams", /^2$/);
  await report(["the clock can be left and opened again", true]);
}

async function checkUploads(page: Page): Promise<void> {
  const support = await page.textContent("#upload-support");
  await report(
    ["bodies are streamed", /as it is made/.test(support!)],
  );
  for (const source of ["1", "64", "file"]) {
    await page.selectOption("#crc-source", source);
    if (source === "file") {
      await page.setInputFiles("#crc-file", {
        name: "nine.txt",
        mimeType: "text/plain",
        buffer: Buffer.from("123456789"),
      });
    }
    await page.click("#crc button");
    await textOf(page, "#crc-status", /^(The same|This page|It failed)/);
    const status = await page.textContent("#crc-status");
    await report([`CRC-32 of ${source}: ${status}`, /^The same/.test(status!)]);
  }
  // The check value of every catalogue of CRCs.
  const answer = await page.textContent("#crc-answer");
  await page.fill("#echo-text", "Grüße, echo!\n".repeat(1000));
  await page.click("#echo button");
  await textOf(page, "#echo-status", /^(Back|That|It failed)/);
  const echo = await page.textContent("#echo-answer");
  await report(
    ["CRC-32 is right", answer === "bytes=9, CRC32=cbf43926"],
    ["the echo is right", echo === "GRüßE, ECHO!\n".repeat(1000)],
  );
  await page.fill("#echo-text", "A lake at dusk,\nand not a sound.");
  await page.click("#echo button");
  await textOf(page, "#echo-answer", /^A LAKE AT DUSK,\nAND NOT A SOUND\.$/);
}

/** Everything that can be used can be reached by Tab, in the page's order. */
async function checkKeyboard(page: Page): Promise<void> {
  await page.reload();
  const wanted = await page.evaluate(`[...document.querySelectorAll(
    "a[href], button, select, textarea, input:checked, pre[tabindex]",
  )].filter((element) => element.checkVisibility()).length`) as number;
  const seen = new Set<string>();
  const order: string[] = [];
  for (let count = 0; count < wanted + 10; count++) {
    await page.keyboard.press("Tab");
    const [id, at] = await page.evaluate(`(() => {
      const all = [...document.querySelectorAll("*")];
      const { activeElement: active } = document;
      return [active.className || active.id || active.name || active.tagName,
        String(all.indexOf(active))];
    })()`) as [string, string];
    if (id === "BODY" || seen.has(at)) break;
    seen.add(at);
    order.push(id);
  }
  await report(
    ["the first Tab leads to the content", order[0] === "skip"],
    [
      `Tab reaches all ${wanted} controls, links and texts`,
      seen.size === wanted,
    ],
  );
  await page.focus("[name=latency]:checked");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Enter");
  await textOf(page, "#race-result", /With a wait of 30 ms/);
  await report(["the keyboard alone loads the tiles", true]);
}

async function checkLooks(page: Page, picture: string): Promise<void> {
  await page.click("#crc button");
  await textOf(page, "#crc-status", /^The same/);
  await page.click("#echo button");
  await textOf(page, "#echo-status", /^Back/);
  await page.check('[name=latency][value="200"]', { force: true });
  await page.click("#race button");
  await textOf(page, "#race-result", /With a wait of 200 ms/, 30_000);
  const looks = [
    { name: "desktop-light", colorScheme: "light", size: DESKTOP },
    { name: "desktop-dark", colorScheme: "dark", size: DESKTOP },
    { name: "phone-light", colorScheme: "light", size: PHONE },
    { name: "phone-dark", colorScheme: "dark", size: PHONE },
    { name: "tablet", colorScheme: "light", size: { width: 800, height: 900 } },
    { name: "narrow", colorScheme: "light", size: { width: 320, height: 700 } },
  ] as const;
  for (const { name, colorScheme, size } of looks) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(size);
    const outside = await findOutside(page);
    const paper = await page.evaluate(
      "getComputedStyle(document.body).backgroundColor",
    ) as string;
    const light = Number(/\d+/.exec(paper)![0]) > 127;
    await page.screenshot({ path: `${picture}-${name}.png`, fullPage: true });
    await report(
      [`${name}: nothing sticks out at the side`, outside.length === 0],
      [`${name}: ${colorScheme}`, light === (colorScheme === "light")],
    );
    for (const element of outside) console.error(`         ${element}`);
    await checkAccessibility(page, name);
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(DESKTOP);
}

/**
 * What sticks out at the right side, with figures as wide as they come: how
 * wide the measured ones are differs from run to run.
 */
async function findOutside(page: Page): Promise<string[]> {
  return await page.evaluate(`(() => {
    const wide = [
      ["#race-results .value", "88.88"],
      ["#race-results td:last-child", "× 88.8"],
      [".lane .time", "88.88 s"],
      [".counts dd", "888,888"],
    ].flatMap(([selector, text]) =>
      [...document.querySelectorAll(selector)].map((element) => {
        const before = element.textContent;
        element.textContent = text;
        return () => element.textContent = before;
      })
    );
    const root = document.documentElement;
    const outside = root.scrollWidth <= root.clientWidth
      ? []
      : [
        \`\${root.scrollWidth} of \${root.clientWidth} pixels\`,
        ...[...document.body.querySelectorAll("*")]
          .filter((element) =>
            element.getBoundingClientRect().right > root.clientWidth
          )
          .map((element) => element.outerHTML.slice(0, 100)),
      ];
    for (const restore of wide) restore();
    return outside;
  })()`) as string[];
}

/** The rules of axe-core, contrast among them. */
async function checkAccessibility(page: Page, name: string): Promise<void> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate("axe.run()") as {
    violations: { id: string; nodes: { html: string }[] }[];
  };
  await report([`${name}: accessible`, violations.length === 0]);
  for (const { id, nodes } of violations) {
    console.error(
      `         ${id}: ${nodes.map(({ html }) => html).join("\n")}`,
    );
  }
}

async function checkOtherPages(
  page: Page,
  url: string,
  picture: string,
): Promise<void> {
  const http1 = await page.getAttribute("html", "data-http1");
  for (const [origin, protocol] of [[url, "h2"], [http1!, "http/1.1"]]) {
    await page.goto(`${origin}/gophertiles?latency=30`);
    await textOf(page, "#load-time", /tiles over/);
    const result = await page.textContent("#load-time");
    await report(
      [result!, result!.startsWith(`${TILES} tiles over ${protocol} in`)],
    );
  }
  await page.screenshot({ path: `${picture}-tiles.png` });
  await checkAccessibility(page, "tile page");

  await page.goto(`${url}/serverpush`);
  await textOf(page, "#load-time", /were here/);
  const outcome = await page.textContent(".result");
  await page.screenshot({ path: `${picture}-push.png` });
  await report([outcome!, /takes no pushes/.test(outcome!)]);
  await checkAccessibility(page, "push page");

  await page.goto(http1!);
  await textOf(page, "#fact-protocol", /^http\/1\.1$/);
  const headline = await page.textContent("h1");
  await report([headline!, headline === "You are not using HTTP/2"]);
  await page.selectOption("#crc-source", "16");
  await page.click("#crc button");
  await textOf(page, "#crc-status", /^The same/);
  await page.screenshot({ path: `${picture}-http1.png` });
  await report(["uploads work under HTTP/1.1, as a whole", true]);

  await page.goto(`${url}/redirect`);
  await report(["the redirect leads to the index", page.url() === `${url}/`]);
}

/** Waits for an element to say that. */
async function textOf(
  page: Page,
  selector: string,
  pattern: RegExp,
  timeout?: number,
): Promise<void> {
  await page.locator(selector).filter({ hasText: pattern })
    .waitFor({ state: "attached", timeout });
}

/** Waits for an element or its attribute to be another than before. */
async function changed(read: () => Promise<string | null>): Promise<void> {
  const before = await read();
  const end = performance.now() + 10_000;
  while (await read() === before) {
    if (performance.now() > end) throw new Error(`"${before}" stays`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
