import { byId, pageProtocol } from "./page.js";

/** Shows how this page came, as the browser measured it. */
export function watchProtocol() {
  const [page] = performance.getEntriesByType("navigation");
  byId("fact-protocol").textContent = pageProtocol();
  const wait = page.responseStart - page.requestStart;
  byId("fact-first-byte").textContent = `${wait.toFixed(1)} ms`;

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
