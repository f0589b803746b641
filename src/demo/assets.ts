// Made from src/demo/site/ by scripts/build_site.ts; do not edit.

/** What the demo site's pages are made of, by name. */
export const ASSETS: ReadonlyMap<string, string> = new Map([
  [
    "clock.js",
    `import { byId, linesOf } from "./page.js";

/** Shows the clock stream, which can be left and opened again. */
export function setUpClock() {
  const toggle = byId("clock-toggle");
  let leaving;
  toggle.addEventListener("click", () => {
    if (leaving) leaving.abort();
    else run();
  });
  run();

  async function run() {
    leaving = new AbortController();
    toggle.textContent = "Stop";
    const end = await follow(leaving.signal);
    byId("clock-status").textContent = end;
    leaving = undefined;
    toggle.textContent = "Start again";
  }
}

/** Gives how it ended, in words. */
async function follow(signal) {
  let ticks = 0;
  try {
    const response = await fetch("/clockstream", { signal });
    for await (const line of linesOf(response)) {
      if (line.startsWith("#")) continue;
      ticks++;
      byId("clock-time").textContent = new Date(line).toLocaleTimeString(
        "en-GB",
      );
      byId("clock-status").textContent = \`\${count(ticks)} in one response\`;
    }
  } catch {
    if (signal.aborted) return \`Left after \${count(ticks)}\`;
  }
  return \`The stream ended after \${count(ticks)}\`;
}

function count(ticks) {
  return \`\${ticks} \${ticks === 1 ? "tick" : "ticks"}\`;
}
`,
  ],
  [
    "controls.css",
    `button,
select,
textarea,
input[type="file"] {
  font: inherit;
  color: inherit;
}

button {
  padding: 0.55rem 1.1rem;
  border: 1px solid var(--field);
  border-radius: 8px;
  background: var(--surface);
  font-weight: 560;
  cursor: pointer;
}

button:hover {
  border-color: var(--text);
}

button.main {
  border-color: var(--accent);
  background: var(--accent);
  color: var(--on-accent);
}

button:disabled {
  opacity: 0.55;
  cursor: default;
}

select,
textarea {
  width: 100%;
  padding: 0.5rem 0.65rem;
  border: 1px solid var(--field);
  border-radius: 8px;
  background: var(--paper);
}

textarea {
  font-family: var(--mono);
  font-size: 0.875rem;
  resize: vertical;
}

input[type="file"] {
  max-width: 100%;
}

.panel > label,
.panel > div > label {
  display: block;
  margin-bottom: 0.25rem;
  font-size: 0.9rem;
  color: var(--muted);
}

form.panel > button,
#crc-file-row {
  margin-top: 0.85rem;
}

.controls {
  display: flex;
  flex-wrap: wrap;
  align-items: end;
  gap: 1rem 1.5rem;
  margin: 1.5rem 0;
}

.choice {
  display: flex;
  margin: 0;
  padding: 0;
  border: 0;
}

.choice legend {
  padding: 0 0 0.35rem;
  font-size: 0.9rem;
  color: var(--muted);
}

.choice label {
  position: relative;
  margin-left: -1px;
}

.choice input {
  position: absolute;
  inset: 0;
  margin: 0;
  opacity: 0;
  cursor: pointer;
}

.choice span {
  display: block;
  padding: 0.55rem 0.8rem;
  border: 1px solid var(--field);
  background: var(--surface);
  font-variant-numeric: tabular-nums;
}

.choice label:first-of-type span {
  border-radius: 8px 0 0 8px;
}

.choice label:last-of-type span {
  border-radius: 0 8px 8px 0;
}

.choice input:checked + span {
  border-color: var(--accent);
  background: var(--accent);
  color: var(--on-accent);
}

.choice label:has(:checked) {
  z-index: 1;
}

.choice input:focus-visible + span {
  outline: 3px solid var(--accent);
  outline-offset: 3px;
}

progress {
  appearance: none;
  display: block;
  width: 100%;
  height: 4px;
  margin: 0.75rem 0 0;
  border: 0;
  border-radius: 2px;
  background: var(--shade);
  overflow: hidden;
}

progress::-webkit-progress-bar {
  background: var(--shade);
}

progress::-webkit-progress-value {
  background: var(--bar, var(--accent));
}

progress::-moz-progress-bar {
  background: var(--bar, var(--accent));
}

@media (max-width: 479px) {
  .choice span {
    padding: 0.55rem 0.62rem;
  }
}

@media (max-width: 359px) {
  .choice span {
    padding: 0.55rem 0.4rem;
    font-size: 0.9rem;
    white-space: nowrap;
  }
}
`,
  ],
  [
    "copy_buttons.js",
    `/** Gives each command a button that copies it. */
export function addCopyButtons() {
  // Only pages that came safely may write to the clipboard.
  if (!navigator.clipboard) return;
  for (const command of document.querySelectorAll(".command")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(
        command.querySelector("code").textContent,
      );
      button.textContent = "Copied";
    });
    command.append(button);
  }
}
`,
  ],
  [
    "crc32.js",
    `const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let crc = index;
  for (let bit = 0; bit < 8; bit++) {
    crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  }
  return crc;
});

/** CRC-32 as the server computes it; \`before\` is that of the bytes before. */
export function crc32(bytes, before = 0) {
  let crc = ~before;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}
`,
  ],
  [
    "gophertiles.html",
    `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Tiles under {{ protocol }}, {{ latency }} ms</title>
    <link rel="icon" href="/site/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/site/style.css">
    <script type="module" src="/site/gophertiles.js"></script>
  </head>
  <body>
    <header
      class="top"><a class="name" href="/">h2conn <span>demo</span></a></header>
    <main>
      <section class="hero" aria-labelledby="headline">
        <h1 id="headline">180 tiles under {{ protocol }}</h1>
        <p class="lead">The server waits {{ latency }} ms before each.</p>
        <div class="tiles alone" role="img"
          aria-label="A lake at dusk, in tiles">
          {{ tiles }}
        </div>
        <p class="result" id="load-time" role="status">Loading</p>
        <p>Compare:</p>
        <ul class="compare">
          {{ links }}
        </ul>
      </section>
    </main>
  </body>
</html>
`,
  ],
  [
    "gophertiles.js",
    `const time = document.getElementById("load-time");
if (document.readyState === "complete") show();
else addEventListener("load", show);

function show() {
  const images = performance.getEntriesByType("resource")
    .filter(({ initiatorType }) => initiatorType === "img");
  const first = Math.min(...images.map(({ startTime }) => startTime));
  const last = Math.max(...images.map(({ responseEnd }) => responseEnd));
  const seconds = ((last - first) / 1000).toFixed(2);
  time.textContent = \`\${images.length} tiles over \${
    images[0].nextHopProtocol
  } in \${seconds} s\`;
}
`,
  ],
  [
    "icon.svg",
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
  <rect width="32" height="32" rx="7" fill="#1f3550" />
  <circle cx="20" cy="14" r="5" fill="#fbe3b8" />
  <path d="M0 21c6-6 9-6 15-1s11 2 17-2v7a7 7 0 0 1-7 7H7a7 7 0 0 1-7-7z"
    fill="#5d7f9c" />
  <path d="M4 26h24" stroke="#fbe3b8" stroke-width="2" stroke-linecap="round" />
</svg>
`,
  ],
  [
    "index.css",
    `/* The race */

.lanes {
  display: flex;
  flex-wrap: wrap;
  gap: 0.75rem;
  justify-content: space-between;
}

.lane {
  width: calc(15 * var(--tile));
  margin: 0;
}

.lane.http1 {
  --bar: var(--http1);
}

.lane.http2 {
  --bar: var(--http2);
}

.lane figcaption {
  display: flex;
  flex-wrap: wrap;
  justify-content: space-between;
  align-items: baseline;
  margin-bottom: 0.5rem;
}

.version {
  font-weight: 620;
  color: var(--bar);
}

.time {
  font-size: 1.25rem;
  font-weight: 560;
  font-variant-numeric: tabular-nums;
}

.results {
  width: 100%;
  margin-bottom: 1.5rem;
  border-collapse: collapse;
  font-variant-numeric: tabular-nums;
}

.results caption {
  padding-bottom: 0.25rem;
  text-align: left;
  font-size: 0.9rem;
  color: var(--muted);
}

.results th,
.results td {
  padding: 0.5rem 1rem 0.5rem 0;
  vertical-align: baseline;
  white-space: nowrap;
  border-bottom: 1px solid var(--rule);
  text-align: left;
  font-weight: 400;
}

.results th:last-child,
.results td:last-child {
  padding-right: 0;
}

.results thead th {
  font-size: 0.9rem;
  color: var(--muted);
}

.results .http1,
.results .http2 {
  width: 36%;
}

.results .value {
  display: inline-block;
  min-width: 3.2em;
}

.results .bar {
  display: block;
  width: 0;
  height: 4px;
  margin-top: 0.15rem;
  padding: 0;
  border-radius: 2px;
  background: var(--http1);
}

.results .http2 .bar {
  background: var(--http2);
}

/* Live */

.counts {
  display: flex;
  flex-wrap: wrap;
  margin: 0 0 1.25rem;
  gap: 1rem;
}

.counts > div {
  flex: 1 0 4rem;
  display: flex;
  flex-direction: column;
  justify-content: space-between;
}

.counts .streams {
  border-color: var(--http2);
}

.counts .sessions {
  border-top: 2px dashed var(--http1);
}

.counts dd {
  font-size: clamp(1.1rem, 5.4vw, 1.6rem);
}

.chart {
  /* The drawing follows its width, not the other way round. */
  overflow: hidden;
}

.chart svg {
  display: block;
  width: 100%;
}

.chart .grid {
  stroke: var(--rule);
}

.chart text {
  fill: var(--muted);
  font: 12px var(--sans);
}

.chart .streams {
  fill: none;
  stroke: var(--http2);
  stroke-width: 2;
  stroke-linejoin: round;
}

.chart .area {
  fill: var(--http2);
  opacity: 0.13;
}

.chart .sessions {
  fill: none;
  stroke: var(--http1);
  stroke-width: 2;
  stroke-dasharray: 5 4;
}

.clock {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 0.5rem 2rem;
}

.clock output {
  font: 560 clamp(2.25rem, 8vw, 3.5rem)/1.1 var(--sans);
  font-variant-numeric: tabular-nums;
  letter-spacing: -0.02em;
}

.clock .status {
  flex: 1;
  min-width: 10rem;
  margin: 0;
}

/* What comes back, and what to type */

.answer {
  margin-top: 0.75rem;
  padding: 0.75rem;
  min-height: 3rem;
  border-radius: 8px;
  background: var(--shade);
}

.command + p {
  margin-top: 1.25rem;
}

.program pre {
  white-space: pre;
  overflow-x: auto;
}

.command pre {
  padding: 0.85rem;
  border-radius: 8px;
  background: var(--shade);
}

.command button {
  margin-top: 0.6rem;
  padding: 0.3rem 0.8rem;
  font-size: 0.9rem;
}

.endpoints {
  margin: 0;
}

.endpoints > div {
  display: grid;
  grid-template-columns: 9rem 1fr;
  gap: 0 1.5rem;
  padding: 0.75rem 0;
  border-top: 1px solid var(--rule);
}

.endpoints dt {
  font-family: var(--mono);
  font-size: 0.9rem;
  line-height: 1.75;
}

.endpoints dd {
  margin: 0;
  min-width: 0;
}

.endpoints dd code {
  display: block;
  color: var(--muted);
  overflow-wrap: anywhere;
}

@media (max-width: 479px) {
  .results th,
  .results td {
    padding-right: 0.6rem;
  }

  .endpoints > div {
    grid-template-columns: 1fr;
  }
}
`,
  ],
  [
    "index.html",
    `<!DOCTYPE html>
<html lang="en" data-http1="{{http1}}" data-http2="{{http2}}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="description" content="HTTP/2, shown and measured in the page">
    <title>h2conn demo: HTTP/2, shown and measured</title>
    <link rel="icon" href="/site/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/site/style.css">
    <link rel="stylesheet" href="/site/controls.css">
    <link rel="stylesheet" href="/site/index.css">
    <script type="module" src="/site/index.js"></script>
  </head>
  <body>
    <a class="skip" href="#main">Skip to the content</a>
    <header class="top">
      <a class="name" href="/">h2conn <span>demo</span></a>
      <nav aria-label="On this page">
        <a href="#tiles">Tiles</a>
        <a href="#live">Live</a>
        <a href="#clock">Clock</a>
        <a href="#uploads">Uploads</a>
        <a href="#push">Push</a>
        <a href="#request">Request</a>
        <a href="#endpoints">Endpoints</a>
      </nav>
    </header>
    <main id="main">
      <section class="hero" aria-labelledby="headline">
        <h1 id="headline">{{ headline }}</h1>
        <p class="lead">{{ explanation }}</p>
        <dl class="facts" aria-label="Measured in this page">
          <div>
            <dt>Protocol</dt>
            <dd id="fact-protocol">{{ protocol }}</dd>
          </div>
          <div>
            <dt>First byte after</dt>
            <dd id="fact-first-byte">–</dd>
          </div>
          <div>
            <dt>Requests by this page</dt>
            <dd id="fact-requests">–</dd>
          </div>
          <div>
            <dt>New connections</dt>
            <dd id="fact-connections">–</dd>
          </div>
          <div>
            <dt>Served by</dt>
            <dd>{{ server }}</dd>
          </div>
        </dl>
        <noscript>
          <p class="note">
            The measuring needs JavaScript. The <a href="#endpoints">endpoints</a>
            do not.
          </p>
        </noscript>
      </section>

      <section id="tiles" aria-labelledby="tiles-title">
        <h2 id="tiles-title">One picture, 180 requests</h2>
        <p>
          Each tile is a request of its own, and the server waits before it
          answers, as if it were far away. Under HTTP/1.1 a browser opens six
          connections, and each carries one request at a time. Under HTTP/2 one
          connection carries them all at once, so the wait is paid once.
        </p>
        <form id="race" class="controls">
          <fieldset class="choice">
            <legend>The server waits</legend>
            <label><input type="radio" name="latency" value="0"><span>0 ms</span></label>
            <label><input type="radio" name="latency" value="30"><span>30 ms</span></label>
            <label><input type="radio" name="latency" value="200" checked><span>200 ms</span></label>
            <label><input type="radio" name="latency" value="1000"><span>1000 ms</span></label>
          </fieldset>
          <button class="main" type="submit">Load the tiles</button>
        </form>
        <div class="lanes">
          <figure class="lane http1" id="lane-http1">
            <figcaption>
              <span class="version">HTTP/1.1</span>
              <output class="time">–</output>
            </figcaption>
            <div class="tiles" role="img"
              aria-label="A lake at dusk, in tiles loaded by HTTP/1.1"></div>
            <progress max="180" value="0"
              aria-label="Tiles loaded by HTTP/1.1"></progress>
            <p class="status">Ready</p>
          </figure>
          <figure class="lane http2" id="lane-http2">
            <figcaption>
              <span class="version">HTTP/2</span>
              <output class="time">–</output>
            </figcaption>
            <div class="tiles" role="img"
              aria-label="A lake at dusk, in tiles loaded by HTTP/2"></div>
            <progress max="180" value="0"
              aria-label="Tiles loaded by HTTP/2"></progress>
            <p class="status">Ready</p>
          </figure>
        </div>
        <p id="race-result" class="result" role="status"></p>
        <table class="results">
          <caption>Load times, in seconds</caption>
          <thead>
            <tr>
              <th scope="col">Wait</th>
              <th scope="col">HTTP/1.1</th>
              <th scope="col">HTTP/2</th>
              <th scope="col">Gain</th>
            </tr>
          </thead>
          <tbody id="race-results">
            <tr data-latency="0">
              <th scope="row">0 ms</th>
              <td
                class="http1"><span class="value">–</span><span class="bar"></span></td>
              <td
                class="http2"><span class="value">–</span><span class="bar"></span></td>
              <td>–</td>
            </tr>
            <tr data-latency="30">
              <th scope="row">30 ms</th>
              <td
                class="http1"><span class="value">–</span><span class="bar"></span></td>
              <td
                class="http2"><span class="value">–</span><span class="bar"></span></td>
              <td>–</td>
            </tr>
            <tr data-latency="200">
              <th scope="row">200 ms</th>
              <td
                class="http1"><span class="value">–</span><span class="bar"></span></td>
              <td
                class="http2"><span class="value">–</span><span class="bar"></span></td>
              <td>–</td>
            </tr>
            <tr data-latency="1000">
              <th scope="row">1000 ms</th>
              <td
                class="http1"><span class="value">–</span><span class="bar"></span></td>
              <td
                class="http2"><span class="value">–</span><span class="bar"></span></td>
              <td>–</td>
            </tr>
          </tbody>
        </table>
        <p class="small">
          Or as a page of its own, under the version that you are using now:
          <a href="/gophertiles?latency=0">0 ms</a>,
          <a href="/gophertiles?latency=30">30 ms</a>,
          <a href="/gophertiles?latency=200">200 ms</a>,
          <a href="/gophertiles?latency=1000">1000 ms</a>.
        </p>
      </section>

      <section id="live" aria-labelledby="live-title">
        <h2 id="live-title">Live sessions and streams</h2>
        <p>
          What the server carries right now, for all its visitors, twice a
          second over one response that does not end. This chart is itself a
          stream, and so is the clock below: load the tiles and look again.
        </p>
        <div class="panel">
          <dl class="facts counts">
            <div class="streams">
              <dt>Open streams</dt>
              <dd id="live-streams">–</dd>
            </div>
            <div class="sessions">
              <dt>Sessions</dt>
              <dd id="live-sessions">–</dd>
            </div>
            <div>
              <dt>Streams so far</dt>
              <dd id="live-total">–</dd>
            </div>
          </dl>
          <div id="chart" class="chart"></div>
          <p id="live-status" class="status" role="status">Connecting</p>
        </div>
        <p class="small">
          By name in plain text: <a href="/goroutines">/goroutines</a>
        </p>
      </section>

      <section id="clock" aria-labelledby="clock-title">
        <h2 id="clock-title">The clock stream</h2>
        <p>
          One response that says the time every second. When you leave, the
          stream is reset, and the server stops at once; the connection stays.
        </p>
        <div class="panel clock">
          <output id="clock-time" aria-live="off">--:--:--</output>
          <p id="clock-status" class="status">Connecting</p>
          <button id="clock-toggle" type="button">Stop</button>
        </div>
      </section>

      <section id="uploads" aria-labelledby="uploads-title">
        <h2 id="uploads-title">Uploads</h2>
        <p id="upload-support">Looking at what this browser can do.</p>
        <div class="pair">
          <form id="crc" class="panel" aria-labelledby="crc-title">
            <h3 id="crc-title">CRC-32 <code>PUT /crc32</code></h3>
            <p>
              The server counts the bytes as they come, and this page counts
              along.
            </p>
            <label for="crc-source">What to send</label>
            <select id="crc-source">
              <option value="1">1 MiB of random bytes</option>
              <option value="16" selected>16 MiB of random bytes</option>
              <option
                value="64">64 MiB of random bytes, the most it takes</option>
              <option value="file">A file of yours</option>
            </select>
            <div id="crc-file-row" hidden>
              <label for="crc-file">The file</label>
              <input id="crc-file" type="file">
            </div>
            <button type="submit">Send</button>
            <progress id="crc-progress" max="1" value="0"
              aria-label="Upload for the CRC-32"></progress>
            <p id="crc-status" class="status">Ready</p>
            <pre class="answer"
              aria-label="Answer of /crc32"><output id="crc-answer"> </output></pre>
          </form>
          <form id="echo" class="panel" aria-labelledby="echo-title">
            <h3 id="echo-title">Echo <code>PUT /ECHO</code></h3>
            <p>
              Comes back in upper case while it is sent. A browser reads the
              answer once it has sent all; <a href="#endpoints">h2conn</a> and
              curl read as it comes.
            </p>
            <label for="echo-text">What to send</label>
            <textarea id="echo-text" rows="3" spellcheck="false">A lake at dusk,
and not a sound.</textarea>
            <button type="submit">Send</button>
            <progress id="echo-progress" max="1" value="0"
              aria-label="Upload for the echo"></progress>
            <p id="echo-status" class="status">Ready</p>
            <pre class="answer"
              aria-label="Answer of /ECHO"><output id="echo-answer"> </output></pre>
          </form>
        </div>
      </section>

      <section id="push" aria-labelledby="push-title">
        <h2 id="push-title">Server push</h2>
        <p>
          <a href="/serverpush">/serverpush</a> pushes the four files that its
          page needs before it says so; each takes 100 ms. Browsers have given
          push up: Chrome in version 106, Firefox in 132. Other clients have it.
        </p>
        <div class="pair commands">
          <div class="panel">
            <h3>nghttp</h3>
            <p>It marks with an asterisk what was pushed.</p>
            <div class="command">
              <pre
                aria-label="Command for nghttp"><code>nghttp -ans {{origin}}/serverpush</code></pre>
            </div>
            <p>Without push, it has to read the page before it can ask.</p>
            <div class="command">
              <pre
                aria-label="Command for nghttp without push"><code>nghttp -ans --no-push {{origin}}/serverpush</code></pre>
            </div>
          </div>
          <div class="panel">
            <h3>h2conn</h3>
            <p>Save it as <code>push.mjs</code>; run it with Deno, Bun or Node.</p>
            <div class="command program">
              <pre
                tabindex="0"
                aria-label="Program for h2conn"><code>import { Client } from "h2conn";

const url = "{{origin}}/serverpush";
const client = new Client({
  tls: { rejectUnauthorized: false },
});
const conn = client.connect(url, {
  method: "GET",
  async onPush({ request, response }) {
    const { status } = await response;
    console.log(status, request.url);
  },
});
await conn.closeWrite();
const page = new Response(conn.readable);
console.log(await page.text());
await client.close();</code></pre>
            </div>
          </div>
        </div>
      </section>

      <section id="request" aria-labelledby="request-title">
        <h2 id="request-title">Your request</h2>
        <p>
          What <a href="/reqinfo">/reqinfo</a> says of a request by this page.
        </p>
        <pre id="request-info" class="panel"
          aria-label="Request information">…</pre>
      </section>

      <section id="endpoints" aria-labelledby="endpoints-title">
        <h2 id="endpoints-title">All endpoints</h2>
        <p>
          Those of Go's HTTP/2 demo site. curl needs <code>-k</code> for a
          certificate that your system does not trust.
        </p>
        <dl class="endpoints">
          <div>
            <dt><a href="/reqinfo">/reqinfo</a></dt>
            <dd>Shows the request as it came. <code>curl -k {{ origin }}/reqinfo</code></dd>
          </div>
          <div>
            <dt><a href="/clockstream">/clockstream</a></dt>
            <dd>Tells the time every second. <code>curl -kN {{ origin }}/clockstream</code></dd>
          </div>
          <div>
            <dt><a href="/gophertiles?latency=30">/gophertiles</a></dt>
            <dd>A picture in 180 tiles. <code>nghttp -ans '{{ origin }}/gophertiles?latency=30'</code></dd>
          </div>
          <div>
            <dt><a href="/serverpush">/serverpush</a></dt>
            <dd>Pushes four files. <code>nghttp -ans {{ origin }}/serverpush</code></dd>
          </div>
          <div>
            <dt><a href="/file/">/file/</a></dt>
            <dd>
              Large files, with ranges.
              <code>curl -k -r 0-99 -o part.bin {{ origin }}/file/256MiB.bin</code>
            </dd>
          </div>
          <div>
            <dt><a href="/redirect">/redirect</a></dt>
            <dd>Leads back here. <code>curl -kiL {{ origin }}/redirect</code></dd>
          </div>
          <div>
            <dt><a href="/goroutines">/goroutines</a></dt>
            <dd>
              Live sessions and streams, as text or
              <a href="/goroutines.json">as a stream of JSON</a>.
              <code>curl -kN {{ origin }}/goroutines.json</code>
            </dd>
          </div>
          <div>
            <dt>/crc32</dt>
            <dd>
              Tells length and CRC-32 of an upload.
              <code>curl -k -T README.md {{ origin }}/crc32</code>
            </dd>
          </div>
          <div>
            <dt>/ECHO</dt>
            <dd>
              Sends back in upper case what you type.
              <code>h2conn connect --insecure --method PUT {{ origin }}/ECHO</code>
            </dd>
          </div>
        </dl>
      </section>
    </main>
    <footer>
      <p>
        h2conn: full-duplex connections over HTTP/2 for Deno, Bun and Node. The
        picture is computed by this site.
      </p>
    </footer>
  </body>
</html>
`,
  ],
  [
    "index.js",
    `import { watchProtocol } from "./protocol.js";
import { setUpRace } from "./tile_race.js";
import { watchTraffic } from "./live_traffic.js";
import { setUpClock } from "./clock.js";
import { setUpUploads } from "./uploads.js";
import { addCopyButtons } from "./copy_buttons.js";
import { showRequest } from "./request_info.js";

watchProtocol();
setUpRace();
setUpClock();
setUpUploads();
addCopyButtons();
showRequest();
watchTraffic();
`,
  ],
  [
    "live_traffic.js",
    `import { TrafficChart } from "./traffic_chart.js";
import { byId, linesOf, pause } from "./page.js";

const RETRY_MS = 2000;

/** Shows the server's counts as they come, for as long as the page is open. */
export async function watchTraffic() {
  const chart = new TrafficChart(byId("chart"));
  const status = byId("live-status");
  for (;;) {
    try {
      const response = await fetch("/goroutines.json");
      for await (const line of linesOf(response)) {
        const count = JSON.parse(line);
        byId("live-streams").textContent = count.streams;
        byId("live-sessions").textContent = count.sessions;
        byId("live-total").textContent = count.total.toLocaleString("en");
        chart.add(count);
        if (status.textContent !== "Live") status.textContent = "Live";
      }
    } catch {
      // The server may come back.
    }
    status.textContent = "The stream has ended; trying again";
    await pause(RETRY_MS);
  }
}
`,
  ],
  [
    "page.js",
    `/** The element of that id, which the page has. */
export function byId(id) {
  return document.getElementById(id);
}

/** The HTTP version that the page itself came by, as ALPN calls it. */
export function pageProtocol() {
  return performance.getEntriesByType("navigation")[0].nextHopProtocol;
}

/** Waits so many milliseconds. */
export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The lines of a response, as they come. */
export async function* linesOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream())
    .getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (text + value).split("\\n");
    text = lines.pop();
    yield* lines;
  }
}
`,
  ],
  [
    "protocol.js",
    `import { byId, pageProtocol } from "./page.js";

/** Shows how this page came, as the browser measured it. */
export function watchProtocol() {
  const [page] = performance.getEntriesByType("navigation");
  byId("fact-protocol").textContent = pageProtocol();
  const wait = page.responseStart - page.requestStart;
  byId("fact-first-byte").textContent = \`\${wait.toFixed(1)} ms\`;

  let requests = 0;
  let connections = 0;
  function count(entries) {
    for (const entry of entries) {
      // The comparison's requests are shown where they are made.
      if (entry.initiatorType === "img") continue;
      requests++;
      if (entry.connectEnd > entry.connectStart) connections++;
    }
    byId("fact-requests").textContent = requests;
    byId("fact-connections").textContent = connections;
  }
  count([page]);
  new PerformanceObserver((list) => count(list.getEntries()))
    .observe({ type: "resource", buffered: true });
}
`,
  ],
  [
    "push.js",
    `const time = document.getElementById("load-time");
if (document.readyState === "complete") show();
else addEventListener("load", show);

function show() {
  const [page] = performance.getEntriesByType("navigation");
  const files = performance.getEntriesByType("resource")
    .filter(({ name }) => new URL(name).pathname.startsWith("/serverpush/"));
  const last = Math.max(...files.map(({ responseEnd }) => responseEnd));
  const ms = (last - page.responseEnd).toFixed(0);
  time.textContent = \`The \${files.length} files were here \${ms} ms after \` +
    "the page; pushed, they would have been on their way before it.";
}
`,
  ],
  [
    "request_info.js",
    `import { byId } from "./page.js";

/** Shows what the server saw of a request by this page. */
export async function showRequest() {
  const shown = byId("request-info");
  try {
    const response = await fetch("/reqinfo");
    shown.textContent = await response.text();
  } catch (error) {
    shown.textContent = \`It failed: \${error.message}\`;
  }
}
`,
  ],
  [
    "serverpush.html",
    `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Server push</title>
    <link rel="icon" href="/site/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/serverpush/style.css?cachebust={{bust}}">
    <script type="module" src="/serverpush/push.js?cachebust={{bust}}"></script>
  </head>
  <body>
    <header
      class="top"><a class="name" href="/">h2conn <span>demo</span></a></header>
    <main>
      <section class="hero" aria-labelledby="headline">
        <h1 id="headline">Server push</h1>
        <p class="lead">
          This page needs four files, and each takes the server 100 ms. It
          pushes them before it sends the page.
        </p>
        <p class="result">{{ outcome }}</p>
        <p class="pictures">
          <img src="/serverpush/sun.png?cachebust={{bust}}"
            alt="The sun behind a hill" width="160" height="160">
          <img src="/serverpush/shore.png?cachebust={{bust}}"
            alt="Firs on a shore" width="160" height="160">
        </p>
        <p id="load-time" role="status">Loading</p>
        <p>
          To see it done: <code>nghttp -ans</code> with this page's address
          marks what was pushed with an asterisk. More on
          <a href="/#push">the first page</a>.
        </p>
      </section>
    </main>
  </body>
</html>
`,
  ],
  [
    "style.css",
    `:root {
  color-scheme: light dark;
  --paper: #f6f5f1;
  --surface: #fffefb;
  --text: #1c2530;
  --muted: #57626c;
  --rule: #dfddd5;
  --field: #a3a69f;
  --accent: #1c6470;
  --on-accent: #fff;
  --http1: #a4492a;
  --http2: #1c6470;
  --shade: #e9e7e0;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace;
  --tile: 11px;
}

@media (prefers-color-scheme: dark) {
  :root {
    --paper: #10161d;
    --surface: #171f28;
    --text: #e5e8ea;
    --muted: #9ba8b3;
    --rule: #2a343f;
    --field: #60707e;
    --accent: #7cc7d0;
    --on-accent: #0d171c;
    --http1: #efa582;
    --http2: #7cc7d0;
    --shade: #1e2833;
  }
}

* {
  box-sizing: border-box;
}

html {
  font: 1rem/1.6 var(--sans);
  scroll-padding-top: 4rem;
  -webkit-text-size-adjust: 100%;
}

body {
  margin: 0;
  background: var(--paper);
  color: var(--text);
}

h1,
h2,
h3 {
  line-height: 1.2;
  text-wrap: balance;
}

h1 {
  margin: 0;
  font-size: clamp(2.1rem, 6vw, 3.5rem);
  font-weight: 650;
  letter-spacing: -0.025em;
}

h2 {
  margin: 0 0 0.75rem;
  font-size: clamp(1.4rem, 3vw, 1.75rem);
  font-weight: 620;
  letter-spacing: -0.015em;
}

h3 {
  margin: 0 0 0.5rem;
  font-size: 1.05rem;
}

p {
  margin: 0 0 1rem;
  max-width: 42rem;
}

a {
  color: var(--accent);
  text-underline-offset: 0.2em;
  text-decoration-thickness: 1px;
}

:focus-visible {
  outline: 3px solid var(--accent);
  outline-offset: 3px;
  border-radius: 4px;
}

code,
pre {
  font: 0.875rem/1.6 var(--mono);
}

pre {
  margin: 0;
  white-space: pre-wrap;
  overflow-wrap: anywhere;
}

[hidden] {
  display: none !important;
}

.skip {
  position: absolute;
  left: 1rem;
  top: -4rem;
  z-index: 2;
  padding: 0.5rem 1rem;
  background: var(--surface);
}

.skip:focus {
  top: 0.5rem;
}

.top,
main,
footer {
  max-width: 66rem;
  margin: 0 auto;
  padding: 0 1.25rem;
}

.top {
  display: flex;
  flex-wrap: wrap;
  align-items: baseline;
  justify-content: space-between;
  gap: 0.25rem 2rem;
  padding-top: 1.25rem;
  padding-bottom: 1.25rem;
}

.top a {
  color: var(--muted);
  text-decoration: none;
}

.top a:hover {
  color: var(--text);
  text-decoration: underline;
}

.top .name {
  color: var(--text);
  font-weight: 650;
}

.name span {
  color: var(--muted);
  font-weight: 400;
}

.top nav {
  display: flex;
  flex-wrap: wrap;
  gap: 0.25rem 1.25rem;
  font-size: 0.9375rem;
}

section {
  padding: 3.5rem 0;
  border-top: 1px solid var(--rule);
}

section.hero {
  padding: clamp(2.5rem, 7vw, 5rem) 0 3.5rem;
  border-top: 0;
}

.lead {
  margin: 1.25rem 0 0;
  font-size: clamp(1.1rem, 2.4vw, 1.3rem);
  color: var(--muted);
}

.facts {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr));
  gap: 1.25rem 2rem;
  margin: 2.5rem 0 0;
}

.facts > div {
  padding-top: 0.75rem;
  border-top: 2px solid var(--rule);
}

.facts dt {
  font-size: 0.875rem;
  color: var(--muted);
}

.facts dd {
  margin: 0;
  font-size: 1.25rem;
  font-weight: 560;
  font-variant-numeric: tabular-nums;
}

.panel {
  padding: 1.25rem;
  background: var(--surface);
  border: 1px solid var(--rule);
  border-radius: 12px;
}

.pair {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr));
  gap: 1.25rem;
}

.pair > * {
  min-width: 0;
}

.pair.commands {
  align-items: start;
}

.small,
.status {
  font-size: 0.9rem;
  color: var(--muted);
}

.status {
  margin: 0.5rem 0 0;
  font-variant-numeric: tabular-nums;
}

.note {
  margin-top: 1.5rem;
}

.panel + .small {
  margin-top: 1rem;
}

.tiles {
  display: grid;
  grid-template-columns: repeat(15, var(--tile));
  grid-auto-rows: var(--tile);
  width: calc(15 * var(--tile));
  height: calc(12 * var(--tile));
  background: var(--shade);
}

.tiles img {
  width: 100%;
  height: 100%;
}

.tiles.alone {
  --tile: 22px;
  margin: 2rem 0 1rem;
}

.result {
  margin: 1.5rem 0;
  min-height: 1.6em;
  font-size: 1.15rem;
  font-weight: 560;
}

.compare {
  padding: 0;
  list-style: none;
}

.compare li {
  display: flex;
  flex-wrap: wrap;
  gap: 0 1rem;
}

.compare span {
  min-width: 5rem;
}

.pictures {
  display: flex;
  flex-wrap: wrap;
  gap: 1rem;
}

.pictures img {
  border-radius: 8px;
}

footer {
  padding-top: 2rem;
  padding-bottom: 3rem;
  font-size: 0.9rem;
  color: var(--muted);
}

main + footer {
  border-top: 1px solid var(--rule);
}

@media (max-width: 359px) {
  :root {
    --tile: 8px;
  }
}

@media (min-width: 560px) {
  :root {
    --tile: 16px;
  }
}

@media (min-width: 768px) {
  :root {
    --tile: 22px;
  }
}

@media (min-width: 1050px) {
  :root {
    --tile: 32px;
  }

  .tiles.alone {
    --tile: 32px;
  }
}

@media (prefers-reduced-motion: no-preference) {
  html {
    scroll-behavior: smooth;
  }
}
`,
  ],
  [
    "tile_race.js",
    `import { byId } from "./page.js";

const COLUMNS = 15;
const ROWS = 12;
const COUNT = COLUMNS * ROWS;

/** Has the tiles loaded by both HTTP versions at once, and compares. */
export function setUpRace() {
  const { http1, http2 } = document.documentElement.dataset;
  const lanes = [
    new Lane(byId("lane-http1"), http1),
    new Lane(byId("lane-http2"), http2),
  ];
  const form = byId("race");
  const button = form.querySelector("button");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const latency = new FormData(form).get("latency");
    button.disabled = true;
    byId("race-result").textContent = "";
    performance.clearResourceTimings();
    performance.setResourceTimingBufferSize(1000);
    const times = await Promise.all(lanes.map((lane) => lane.load(latency)));
    showResult(latency, times);
    button.disabled = false;
  });
}

/** One of the two: a picture that one HTTP version loads. */
class Lane {
  #origin;
  #tiles;
  #time;
  #progress;
  #status;

  constructor(figure, origin) {
    this.#origin = origin;
    this.#tiles = figure.querySelector(".tiles");
    this.#time = figure.querySelector(".time");
    this.#progress = figure.querySelector("progress");
    this.#status = figure.querySelector(".status");
    if (!origin) this.#status.textContent = "Not to be had without TLS";
  }

  /** Gives the milliseconds that it took, or undefined if it failed. */
  async load(latency) {
    if (!this.#origin) return undefined;
    const bust = Math.random().toString(36).slice(2);
    const start = performance.now();
    let loaded = 0;
    const images = [];
    for (let y = 0; y < ROWS; y++) {
      for (let x = 0; x < COLUMNS; x++) {
        const image = new Image();
        image.alt = "";
        image.src = \`\${this.#origin}/gophertiles\` +
          \`?x=\${x}&y=\${y}&cachebust=\${bust}&latency=\${latency}\`;
        images.push(image);
      }
    }
    this.#tiles.replaceChildren(...images);
    const showing = setInterval(() => this.#show(loaded, start), 50);
    const failures = await Promise.all(
      images.map((image) =>
        ended(image).then(() => void loaded++, () => image)
      ),
    );
    clearInterval(showing);
    this.#show(loaded, start);
    if (failures.some(Boolean)) return this.#fail(loaded);
    const entries = images.flatMap(({ src }) =>
      performance.getEntriesByName(src).slice(-1)
    );
    const took = networkTime(entries) ?? performance.now() - start;
    this.#time.textContent = seconds(took);
    const protocol = entries[0]?.nextHopProtocol ?? "an unknown protocol";
    this.#status.textContent = \`\${loaded} tiles over \${protocol}\`;
    return took;
  }

  #show(loaded, start) {
    this.#time.textContent = seconds(performance.now() - start);
    this.#progress.value = loaded;
    this.#status.textContent = \`\${loaded} of \${COUNT}\`;
  }

  #fail(loaded) {
    this.#time.textContent = "–";
    const link = document.createElement("a");
    link.href = this.#origin;
    link.textContent = this.#origin;
    this.#status.replaceChildren(
      \`Only \${loaded} of \${COUNT} came. Visit \`,
      link,
      " once, to accept its certificate.",
    );
    return undefined;
  }
}

/**
 * The milliseconds up to the last byte, where the browser has measured it:
 * showing the pictures takes time too, and the same for both.
 */
function networkTime(entries) {
  if (entries.length < COUNT) return undefined;
  return Math.max(...entries.map(({ responseEnd }) => responseEnd)) -
    Math.min(...entries.map(({ startTime }) => startTime));
}

function ended(image) {
  return new Promise((resolve, reject) => {
    image.addEventListener("load", resolve);
    image.addEventListener("error", reject);
  });
}

function showResult(latency, [http1, http2]) {
  const row = byId("race-results").querySelector(\`[data-latency="\${latency}"]\`);
  showTime(row.querySelector(".http1"), http1);
  showTime(row.querySelector(".http2"), http2);
  if (!http1 || !http2) return;
  const ratio = http1 / http2;
  row.lastElementChild.textContent = \`× \${ratio.toFixed(1)}\`;
  byId("race-result").textContent =
    \`With a wait of \${latency} ms, HTTP/2 was \${comparison(ratio)}: \` +
    \`\${seconds(http2)} instead of \${seconds(http1)}.\`;
}

function showTime(cell, ms) {
  if (!ms) return;
  cell.querySelector(".value").textContent = (ms / 1000).toFixed(2);
  cell.dataset.ms = ms;
  // The longest of all fills its cell.
  const cells = [...byId("race-results").querySelectorAll("[data-ms]")];
  const longest = Math.max(...cells.map(({ dataset }) => dataset.ms));
  for (const one of cells) {
    const share = one.dataset.ms / longest;
    one.querySelector(".bar").style.width = \`\${100 * share}%\`;
  }
}

function comparison(ratio) {
  if (ratio >= 1.05) return \`\${ratio.toFixed(1)} times faster\`;
  if (ratio <= 1 / 1.05) return \`\${(1 / ratio).toFixed(1)} times slower\`;
  return "as fast";
}

function seconds(ms) {
  return \`\${(ms / 1000).toFixed(2)} s\`;
}
`,
  ],
  [
    "traffic_chart.js",
    `const HEIGHT = 220;
const LEFT = 36;
const TOP = 10;
const BOTTOM = 24;
/** A minute, at two counts a second. */
const POINTS = 121;
/** What the scale ends with, and where it has lines. */
const SCALE = [1, 3, 10, 30, 100, 300, 1000, 3000];
const SVG = "http://www.w3.org/2000/svg";

/** Draws the last minute of counts, on a scale of powers of ten. */
export class TrafficChart {
  #counts = [];
  #svg = make("svg", { role: "img", height: HEIGHT });
  #grid = make("g", {});
  #area = make("path", { class: "area" });
  #streams = make("path", { class: "streams" });
  #sessions = make("path", { class: "sessions" });
  #width = 0;
  #top = 10;

  constructor(parent) {
    this.#svg.append(this.#grid, this.#area, this.#streams, this.#sessions);
    parent.append(this.#svg);
    new ResizeObserver(([{ contentRect }]) => {
      this.#width = contentRect.width;
      this.#drawGrid();
      this.#draw();
    }).observe(parent);
  }

  add(count) {
    this.#counts.push(count);
    if (this.#counts.length > POINTS) this.#counts.shift();
    const most = Math.max(...this.#counts.map(({ peak }) => peak));
    const top = SCALE.find((value) => value >= Math.max(10, most));
    if (top !== this.#top) {
      this.#top = top;
      this.#drawGrid();
    }
    this.#draw();
    this.#svg.setAttribute(
      "aria-label",
      \`In the last minute: at most \${most} streams at once; now \` +
        \`\${count.streams} streams in \${count.sessions} sessions\`,
    );
  }

  #draw() {
    if (this.#counts.length === 0) return;
    const streams = this.#line(({ peak }) => peak);
    const bottom = this.#y(0);
    this.#streams.setAttribute("d", \`M\${streams}\`);
    this.#sessions.setAttribute("d", \`M\${this.#line((one) => one.sessions)}\`);
    this.#area.setAttribute(
      "d",
      \`M\${this.#x(0)},\${bottom}L\${streams}L\${this.#width},\${bottom}Z\`,
    );
  }

  #line(value) {
    return this.#counts.map((count, index) =>
      \`\${this.#x(index)},\${this.#y(value(count))}\`
    ).join("L");
  }

  #x(index) {
    const age = (this.#counts.length - 1 - index) / (POINTS - 1);
    return (this.#width - age * (this.#width - LEFT)).toFixed(1);
  }

  #y(value) {
    const share = Math.log10(1 + value) / Math.log10(1 + this.#top);
    return (HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)).toFixed(1);
  }

  #drawGrid() {
    const right = this.#width;
    const lines = [0, ...SCALE].filter((value) => value <= this.#top);
    this.#grid.replaceChildren(
      ...lines.flatMap((value) => {
        const y = this.#y(value);
        return [
          make("line", { class: "grid", x1: LEFT, x2: right, y1: y, y2: y }),
          label(LEFT - 8, Number(y) + 4, "end", value),
        ];
      }),
      label(LEFT, HEIGHT - 4, "start", "a minute ago"),
      label(right, HEIGHT - 4, "end", "now"),
    );
  }
}

function label(x, y, anchor, text) {
  const element = make("text", { x, y, "text-anchor": anchor });
  element.textContent = text;
  return element;
}

function make(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value);
  }
  return element;
}
`,
  ],
  [
    "upload.js",
    `import { pageProtocol } from "./page.js";

/** Whether a body can be sent as it is made: Chromium does, over HTTP/2. */
export function canStream() {
  if (pageProtocol() !== "h2") return false;
  let isAsked = false;
  // A browser that does not know streams sends "[object ReadableStream]".
  const { headers } = new Request("/", {
    method: "POST",
    body: new ReadableStream(),
    get duplex() {
      isAsked = true;
      return "half";
    },
  });
  return isAsked && !headers.has("content-type");
}

/**
 * Sends a blob, and shows how far it is. Gives the answer, and how many
 * milliseconds it took.
 */
export async function upload(path, blob, { progress, onChunk = () => {} }) {
  const start = performance.now();
  let sent = 0;
  const counting = new TransformStream({
    transform(chunk, controller) {
      onChunk(chunk);
      sent += chunk.length;
      progress.value = blob.size === 0 ? 1 : sent / blob.size;
      controller.enqueue(chunk);
    },
  });
  const counted = blob.stream().pipeThrough(counting);
  let response;
  if (canStream()) {
    progress.value = 0;
    response = await put(path, { body: counted, duplex: "half" });
  } else {
    progress.removeAttribute("value");
    [response] = await Promise.all([
      put(path, { body: blob }),
      counted.pipeTo(new WritableStream()),
    ]);
  }
  const text = await response.text();
  progress.value = 1;
  if (!response.ok) throw new Error(text.trim());
  return { text, ms: performance.now() - start };
}

function put(path, init) {
  return fetch(path, { method: "PUT", ...init });
}
`,
  ],
  [
    "uploads.js",
    `import { crc32 } from "./crc32.js";
import { byId, pageProtocol } from "./page.js";
import { canStream, upload } from "./upload.js";

const MIB = 1024 * 1024;

/** Sends what the visitor chooses to /crc32 and /ECHO. */
export function setUpUploads() {
  byId("upload-support").textContent = support();
  byId("crc-source").addEventListener("change", ({ target }) => {
    byId("crc-file-row").hidden = target.value !== "file";
  });
  onSubmit("crc", sendForChecksum);
  onSubmit("echo", sendForEcho);
}

function support() {
  if (canStream()) {
    return "This browser sends a body as it is made, over HTTP/2: the bars " +
      "below show what has left the page.";
  }
  return pageProtocol() === "h2"
    ? "This browser sends a body only as a whole, so the bars below cannot " +
      "tell how far it is."
    : "Without HTTP/2 a browser sends a body only as a whole, so the bars " +
      "below cannot tell how far it is.";
}

function onSubmit(name, send) {
  const form = byId(name);
  const button = form.querySelector("button");
  const status = byId(\`\${name}-status\`);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    byId(\`\${name}-answer\`).textContent = "";
    status.textContent = "Sending";
    try {
      status.textContent = await send();
    } catch (error) {
      byId(\`\${name}-progress\`).value = 0;
      status.textContent = \`It failed: \${error.message}\`;
    }
    button.disabled = false;
  });
}

async function sendForChecksum() {
  const blob = chosenBlob();
  let crc = 0;
  const { text, ms } = await upload("/crc32", blob, {
    progress: byId("crc-progress"),
    onChunk: (chunk) => crc = crc32(chunk, crc),
  });
  byId("crc-answer").textContent = text;
  const expected = \`bytes=\${blob.size}, CRC32=\${
    crc.toString(16).padStart(8, "0")
  }\`;
  if (text !== expected) return \`This page has \${expected}\`;
  const speed = (blob.size / MIB / (ms / 1000)).toFixed(0);
  const pace = blob.size < MIB ? "" : \`, \${speed} MiB/s\`;
  return \`The same as computed here, in \${seconds(ms)}\${pace}\`;
}

function chosenBlob() {
  const { value } = byId("crc-source");
  if (value !== "file") return randomBlob(Number(value) * MIB);
  const [file] = byId("crc-file").files;
  if (!file) throw new Error("no file is chosen");
  return file;
}

function randomBlob(size) {
  // The most that getRandomValues gives at once.
  const part = 64 * 1024;
  const parts = [];
  for (let at = 0; at < size; at += part) {
    parts.push(crypto.getRandomValues(new Uint8Array(part)));
  }
  return new Blob(parts);
}

async function sendForEcho() {
  const sent = byId("echo-text").value;
  const { text, ms } = await upload("/ECHO", new Blob([sent]), {
    progress: byId("echo-progress"),
  });
  byId("echo-answer").textContent = text;
  const isRight = text ===
    sent.replace(/[a-z]/g, (letter) => letter.toUpperCase());
  return isRight ? \`Back after \${seconds(ms)}\` : "That is not what was sent";
}

function seconds(ms) {
  return \`\${(ms / 1000).toFixed(2)} s\`;
}
`,
  ],
]);
