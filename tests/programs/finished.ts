// A program that does what its argument says and then has nothing to do: it
// must end by itself.
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
  case "unref-server": {
    const server = await serve({ port: 0 }, () => new Response());
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
