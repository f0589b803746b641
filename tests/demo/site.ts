import http2 from "node:http2";
import https from "node:https";
import { type DemoServer, startDemo } from "../../src/demo/mod.ts";
import { makeCertificates } from "../support/certificates.ts";
import { within } from "../support/pair.ts";

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Uint8Array;
  readonly text: string;
}

/** What to ask for. */
export interface Question {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: Uint8Array | string;
  /** Whether the request never ends. */
  readonly isEndless?: boolean;
}

/** The demo site, and clients of it that send any path as it is. */
export interface Site {
  readonly server: DemoServer;
  readonly ca: string;
  /** Asks over HTTP/2, by one session. */
  ask(path: string, question?: Question): Promise<Answer>;
  /** Asks where there is HTTP/1.1 alone, or at the port given. */
  askHttp1(path: string, question?: Question & { port?: number }): Promise<
    Answer
  >;
}

/** Runs the site over TLS for as long as `use` takes. */
export async function withSite(
  use: (site: Site) => Promise<void>,
): Promise<void> {
  const { ca, cert, key } = await makeCertificates();
  const server = await startDemo({
    port: 0,
    hostname: "127.0.0.1",
    tls: { cert, key },
  });
  const session = http2.connect(server.url, { ca });
  session.on("error", () => {});
  await within(
    new Promise((resolve) => session.once("remoteSettings", resolve)),
    "session",
  );
  const agent = new https.Agent({ keepAlive: false });
  try {
    await use({
      server,
      ca,
      ask: (path, question) => within(ask(session, path, question), path),
      askHttp1: (path, { port, ...question } = {}) =>
        within(
          askHttp1(path, question, {
            ca,
            agent,
            port: port ?? Number(new URL(server.http1Url!).port),
          }),
          path,
        ),
    });
  } finally {
    agent.destroy();
    const closed = session.destroyed
      ? undefined
      : new Promise((resolve) => session.on("close", resolve));
    session.destroy();
    await Promise.all([server.shutdown(0), closed]);
  }
}

function ask(
  session: http2.ClientHttp2Session,
  path: string,
  { method = "GET", headers, body, isEndless = false }: Question = {},
): Promise<Answer> {
  const stream = session.request({
    ":path": path,
    ":method": method,
    ...headers,
  }, { endStream: body === undefined && !isEndless });
  if (body !== undefined) stream.end(body);
  return new Promise((resolve, reject) => {
    let head: http2.IncomingHttpHeaders & { ":status"?: number } = {};
    const chunks: Uint8Array[] = [];
    stream.on("response", (headers) => head = headers);
    stream.on("data", (chunk) => chunks.push(chunk));
    stream.on("error", reject);
    if (isEndless) stream.on("end", () => stream.close());
    stream.on("close", () => {
      if (stream.rstCode !== 0 && stream.rstCode !== undefined) {
        reject(new Error(`${path} was reset with ${stream.rstCode}`));
      }
      resolve(answer(head[":status"]!, head, chunks));
    });
  });
}

function askHttp1(
  path: string,
  { method = "GET", headers, body }: Question,
  options: { ca: string; agent: https.Agent; port: number },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = https.request({
      host: "localhost",
      path,
      method,
      headers,
      ...options,
    }, (response) => {
      const chunks: Uint8Array[] = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on(
        "end",
        () => resolve(answer(response.statusCode!, response.headers, chunks)),
      );
    });
    request.on("error", reject);
    request.end(body);
  });
}

function answer(
  status: number,
  headers: Answer["headers"],
  chunks: Uint8Array[],
): Answer {
  const body = new Uint8Array(Buffer.concat(chunks));
  return { status, headers, body, text: new TextDecoder().decode(body) };
}
