import net from "node:net";

/** A TCP proxy that can cut or stall what goes through it. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Ends the connections to the clients. */
  cutClient(how: "FIN" | "RST"): void;
  /** Ends the connections to the server. */
  cutServer(how: "FIN" | "RST"): void;
  /** Sends bytes to one side, as if from the other. */
  inject(side: "client" | "server", bytes: Uint8Array): void;
  /** Forwards nothing any more, and says so to nobody. */
  stall(): void;
  /** Goes on after {@linkcode stall}. */
  resume(): void;
}

/** Starts a proxy on loopback in front of a port of loopback. */
export async function startProxy(target: number): Promise<TcpProxy> {
  const pairs: { client: net.Socket; server: net.Socket }[] = [];
  const listener = net.createServer((client) => {
    const server = net.connect({ port: target, host: "127.0.0.1" });
    pairs.push({ client, server });
    client.on("error", () => {});
    server.on("error", () => {});
    client.pipe(server);
    server.pipe(client);
    client.on("close", () => server.destroy());
    server.on("close", () => client.destroy());
  });
  await new Promise<void>((resolve) =>
    listener.listen(0, "127.0.0.1", resolve)
  );

  function cut(socket: net.Socket, other: net.Socket, how: "FIN" | "RST") {
    other.unpipe(socket);
    if (how === "FIN") socket.end();
    else socket.resetAndDestroy();
  }

  return {
    port: (listener.address() as net.AddressInfo).port,
    cutClient(how) {
      for (const { client, server } of pairs) cut(client, server, how);
    },
    cutServer(how) {
      for (const { client, server } of pairs) cut(server, client, how);
    },
    inject(side, bytes) {
      for (const pair of pairs) pair[side].write(bytes);
    },
    stall() {
      for (const { client, server } of pairs) {
        client.unpipe(server);
        server.unpipe(client);
        client.pause();
        server.pause();
      }
    },
    resume() {
      for (const { client, server } of pairs) {
        client.pipe(server);
        server.pipe(client);
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
