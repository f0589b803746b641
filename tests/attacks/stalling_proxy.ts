import net from "node:net";

/** A TCP proxy that can stop taking bytes from one side, and says nothing. */
export interface StallingProxy extends AsyncDisposable {
  readonly port: number;
  /** Takes no more from the server: it cannot write, and still can read. */
  stopServer(): void;
  /** The same with the clients. */
  stopClients(): void;
}

/** Starts a proxy on loopback in front of a port of loopback. */
export async function stallingProxy(target: number): Promise<StallingProxy> {
  const pairs: { client: net.Socket; server: net.Socket }[] = [];
  const listener = net.createServer({ noDelay: true }, (client) => {
    const server = net.connect({
      port: target,
      host: "127.0.0.1",
      noDelay: true,
    });
    pairs.push({ client, server });
    for (const [one, other] of [[client, server], [server, client]]) {
      one.on("error", () => {});
      one.on("close", () => other.destroy());
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) =>
    listener.listen(0, "127.0.0.1", resolve)
  );

  return {
    port: (listener.address() as net.AddressInfo).port,
    stopServer() {
      for (const { client, server } of pairs) {
        server.unpipe(client);
        server.pause();
      }
    },
    stopClients() {
      for (const { client, server } of pairs) {
        client.unpipe(server);
        client.pause();
      }
    },
    async [Symbol.asyncDispose]() {
      for (const { client, server } of pairs) {
        client.destroy();
        server.destroy();
      }
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
