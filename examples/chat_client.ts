// A chat's client, for a terminal or a pipe: see docs/chat.md.
//
//     deno run -A examples/chat_client.ts http://127.0.0.1:8000
//     bun examples/chat_client.ts --name ann https://localhost:8000 --ca ca.pem
//     uptime | node examples/chat_client.ts --name clock http://127.0.0.1:8000
import process from "node:process";
import { runChat } from "../src/chat/mod.ts";

try {
  process.exit(await runChat(process.argv.slice(2)));
} catch (error) {
  console.error(`chat_client: ${(error as Error).message}`);
  process.exit(1);
}
