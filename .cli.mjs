import net from "node:net";
import tls from "node:tls";
const [port, sec, mode] = process.argv.slice(2);
const s = sec === "tls"
  ? tls.connect({ port: +port, host: "127.0.0.1", rejectUnauthorized: false })
  : net.connect(+port, "127.0.0.1");
s.on("error", (e) => console.log("cli", e.message));
s.on("close", () => {
  console.log("cli closed");
  process.exit();
});
if (mode === "get") {
  s.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  s.pause();
} else {
  s.on("data", (d) => console.log(String(d)));
  const total = 48 << 20;
  s.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${total}\r\n\r\n`);
  let sent = 0;
  const t = setInterval(() => console.log("sent", sent / 2 ** 20), 1000);
  while (sent < total) {
    sent += 65536;
    if (!s.write(Buffer.alloc(65536))) {
      await new Promise((r) => s.once("drain", r));
    }
  }
  clearInterval(t);
}
setTimeout(() => process.exit(), 8000);
