const time = document.getElementById("load-time");
if (document.readyState === "complete") show();
else addEventListener("load", show);

function show() {
  const images = performance.getEntriesByType("resource")
    .filter(({ initiatorType }) => initiatorType === "img");
  const first = Math.min(...images.map(({ startTime }) => startTime));
  const last = Math.max(...images.map(({ responseEnd }) => responseEnd));
  const seconds = ((last - first) / 1000).toFixed(2);
  time.textContent = `${images.length} tiles over ${
    images[0].nextHopProtocol
  } in ${seconds} s`;
}
