// Runs the echo server and a client of it, as two programs that talk over TLS
// with a certificate made for the occasion. Lines piped in are what the client
// sends; without any it sends the time.
//
//     deno task demo
//     seq 5 | deno task demo
import { makeAuthority } from "./certificates.ts";

const folder = await Deno.makeTempDir({ prefix: "h2conn-demo-" });
try {
  const authority = await makeAuthority();
  const { cert, key } = await authority.server();
  const files = { ca: authority.ca, cert, key };
  for (const [name, pem] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}.pem`, pem, { mode: 0o600 });
  }
  await using server = start("echo_server.ts", [
    "--port=0",
    `--cert=${folder}/cert.pem`,
    `--key=${folder}/key.pem`,
  ], { stdin: "null", stdout: "piped" });
  const url = await listeningUrl(server.stdout);
  console.log(`Echo server at ${url}; the client writes and reads at once:`);
  const client = start("echo_client.ts", [url, `--ca=${folder}/ca.pem`], {
    stdin: "inherit",
    stdout: "inherit",
  });
  const { code } = await client.status;
  server.kill();
  await server.status;
  console.log(code === 0 ? "Both ended cleanly." : "The client failed.");
  Deno.exitCode = code;
} finally {
  await Deno.remove(folder, { recursive: true });
}

function start(
  example: string,
  args: string[],
  options: Pick<Deno.CommandOptions, "stdin" | "stdout">,
): Deno.ChildProcess {
  const file = new URL(`../examples/${example}`, import.meta.url).pathname;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", file, ...args],
    ...options,
  }).spawn();
}

async function listeningUrl(stdout: ReadableStream<Uint8Array>) {
  let text = "";
  for await (const part of stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    const url = /^Listening on (\S+)$/m.exec(text)?.[1];
    if (url) return url;
  }
  throw new Error(`The server did not start: ${text}`);
}
