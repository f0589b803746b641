// A chat's client, for a terminal or a pipe: see docs/chat.md.
//
//     deno run -A examples/chat_client.ts http://127.0.0.1:8000
//     bun examples/chat_client.ts --name ann https://localhost:8000 --ca ca.pem
//     uptime | node examples/chat_client.ts --name clock http://127.0.0.1:8000
import process from "node:process";
import { main } from "../src/cli/mod.ts";

process.exit(await main(["chat", ...process.argv.slice(2)]));
