import { byId } from "./page.js";

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
        image.src = `${this.#origin}/gophertiles` +
          `?x=${x}&y=${y}&cachebust=${bust}&latency=${latency}`;
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
    this.#status.textContent = `${loaded} tiles over ${protocol}`;
    return took;
  }

  #show(loaded, start) {
    this.#time.textContent = seconds(performance.now() - start);
    this.#progress.value = loaded;
    this.#status.textContent = `${loaded} of ${COUNT}`;
  }

  #fail(loaded) {
    this.#time.textContent = "–";
    const link = document.createElement("a");
    link.href = this.#origin;
    link.textContent = this.#origin;
    this.#status.replaceChildren(
      `Only ${loaded} of ${COUNT} came. Visit `,
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
  const row = byId("race-results").querySelector(`[data-latency="${latency}"]`);
  showTime(row.querySelector(".http1"), http1);
  showTime(row.querySelector(".http2"), http2);
  if (!http1 || !http2) return;
  const ratio = http1 / http2;
  row.lastElementChild.textContent = `× ${ratio.toFixed(1)}`;
  byId("race-result").textContent =
    `With a wait of ${latency} ms, HTTP/2 was ${comparison(ratio)}: ` +
    `${seconds(http2)} instead of ${seconds(http1)}.`;
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
    one.querySelector(".bar").style.width = `${100 * share}%`;
  }
}

function comparison(ratio) {
  if (ratio >= 1.05) return `${ratio.toFixed(1)} times faster`;
  if (ratio <= 1 / 1.05) return `${(1 / ratio).toFixed(1)} times slower`;
  return "as fast";
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(2)} s`;
}
