const time = document.getElementById("load-time");
if (document.readyState === "complete") show();
else addEventListener("load", show);

function show() {
  const [page] = performance.getEntriesByType("navigation");
  const files = performance.getEntriesByType("resource")
    .filter(({ name }) => new URL(name).pathname.startsWith("/serverpush/"));
  const last = Math.max(...files.map(({ responseEnd }) => responseEnd));
  const ms = (last - page.responseEnd).toFixed(0);
  time.textContent = `The ${files.length} files were here ${ms} ms after ` +
    "the page; pushed, they would have been on their way before it.";
}
