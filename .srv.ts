import { serve } from "./mod.ts";
import { makeCertificates } from "./tests/support/certificates.ts";
const { cert, key } = await makeCertificates();
let produced = 0, got = 0;
const secure = process.argv[2] === "tls";
const server = await serve({
  port: 0,
  tls: secure ? { cert, key } : undefined,
  timeouts: { writeTimeout: 3000 },
}, async (q, info) => {
  info.completed.catch((e) => console.log("completed", String(e)));
  if (q.method === "POST") {
    await new Promise((r) => setTimeout(r, 4000));
    for await (const c of q.body!) got += c.length;
    return new Response("read " + got);
  }
  return new Response(
    new ReadableStream({
      pull(c) {
        produced += 65536;
        c.enqueue(new Uint8Array(65536));
      },
      cancel(e) {
        console.log("cancel", String(e));
      },
    }),
  );
});
console.log(server.addr.port);
setInterval(
  () =>
    console.error(
      "produced",
      produced / 2 ** 20,
      "got",
      got / 2 ** 20,
      "rss",
      Math.round(process.memoryUsage().rss / 2 ** 20),
    ),
  1000,
);
setTimeout(() => process.exit(), 9000);
