// The demo site as a program, on whatever runtime it is run: with a certificate
// made for the occasion, on ports that are free, or with the port given. Prints
// where it is.
import process from "node:process";
import { startDemo } from "../../src/demo/mod.ts";
import { makeCertificates } from "../support/certificates.ts";

const { cert, key } = await makeCertificates();
const site = await startDemo({
  port: Number(process.argv[2] ?? 0),
  hostname: "127.0.0.1",
  tls: { cert, key },
});
console.log(JSON.stringify({ url: site.url, http1Url: site.http1Url }));
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void site.shutdown());
}
await site.finished;
