import { TrafficChart } from "./traffic_chart.js";
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
