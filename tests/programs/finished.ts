// A program that does what its argument says and then has nothing to do: it
// must end by itself.
import net from "node:net";
import { Client, connect, handle, serve } from "../../mod.ts";
import { bytes, readAll } from "../support/pair.ts";

const [what, url = ""] = process.argv.slice(2);

switch (what) {
  case "idle-client": {
    // The session stays open, without a Conn.
    const conn = connect(url);
    await conn.write(bytes("x"));
    await conn.closeWrite();
    await readAll(conn);
    break;
  }
  case "many-origins": {
    for (const host of ["127.0.0.1", "localhost"]) {
      const conn = connect(url.replace("127.0.0.1", host));
      await conn.opened;
      await conn.close();
    }
    break;
  }
  case "unref-conn": {
    const conn = connect(url);
    await conn.opened;
    conn.setReadDeadline(Date.now() + 60_000);
    conn.read(new Uint8Array(1)).catch(() => {});
    conn.unref();
    break;
  }
  case "failed-connect": {
    const conn = connect("http://127.0.0.1:9/");
    await conn.opened.catch(() => {});
    break;
  }
  case "ignored-failure":
    connect("http://127.0.0.1:9/");
    break;
  case "aborted": {
    const conn = connect(url);
    await conn.opened;
    conn.abort();
    break;
  }
  case "closed": {
    const conn = connect(url);
    await conn.write(bytes("bye"));
    await conn.close();
    break;
  }
  case "end-after-wait": {
    // The end leaves after bytes that waited for the peer's window.
    const conn = connect(url);
    for await (const _ of conn);
    const write = conn.write(new Uint8Array(1024 * 1024));
    await conn.closeWrite();
    await write;
    break;
  }
  case "delivered": {
    // The peer has ended its side, and reads slowly.
    const conn = connect(url);
    for await (const _ of conn);
    await conn.write(new Uint8Array(4_000_000));
    await conn.close();
    await conn.closed;
    break;
  }
  case "flushed": {
    const conn = connect(url);
    for await (const _ of conn);
    for (let turn = 0; turn < 5; turn++) await conn.write(new Uint8Array(1000));
    await conn.close();
    console.log("done");
    process.exit();
    break;
  }
  case "second-waits": {
    const first = connect(url);
    first.unref();
    const second = connect(url);
    await second.opened;
    await second.close();
    first.abort();
    break;
  }
  case "unref-server": {
    const server = await serve({ port: 0 }, () => new Response());
    server.unref();
    break;
  }
  case "unref-http1": {
    // An idle connection of HTTP/1.1, whose client stays.
    const server = await serve({ port: 0 }, () => new Response("hello"));
    const socket = net.connect(server.addr.port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    await new Promise((resolve) => socket.once("data", resolve));
    socket.unref();
    server.unref();
    break;
  }
  case "server-shutdown": {
    const server = await serve({ port: 0 }, handle(() => {}));
    const client = new Client();
    const conn = client.connect(server.url);
    await conn.opened;
    await conn.close();
    await client.close();
    await server.shutdown();
    break;
  }
  default:
    throw new Error(`"${what}" is not known`);
}
console.log("done");
