// A chat's server: see docs/chat.md.
//
//     deno run -A examples/chat_server.ts --port 8000
//     bun examples/chat_server.ts --cert cert.pem --key key.pem
//     node examples/chat_server.ts --redis redis://127.0.0.1:6379
import process from "node:process";
import { runChatServer } from "../src/chat/mod.ts";

try {
  process.exit(await runChatServer(process.argv.slice(2)));
} catch (error) {
  console.error(`chat_server: ${(error as Error).message}`);
  process.exit(1);
}
