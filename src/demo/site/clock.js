import { byId, linesOf } from "./page.js";

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
      byId("clock-status").textContent = `${count(ticks)} in one response`;
    }
  } catch {
    if (signal.aborted) return `Left after ${count(ticks)}`;
  }
  return `The stream ended after ${count(ticks)}`;
}

function count(ticks) {
  return `${ticks} ${ticks === 1 ? "tick" : "ticks"}`;
}
