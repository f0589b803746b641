import type { Command } from "./command.ts";
import { chatCommand } from "./chat/mod.ts";
import { certCommand } from "./cert.ts";
import { connectCommand } from "./connect.ts";
import { demoCommand } from "./demo.ts";
import { doctorCommand } from "./doctor/mod.ts";
import { serveCommand } from "./serve.ts";
import { tunnelCommand } from "./tunnel.ts";

/** All commands, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  serveCommand,
  connectCommand,
  tunnelCommand,
  chatCommand,
  demoCommand,
  certCommand,
  doctorCommand,
];
