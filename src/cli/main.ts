#!/usr/bin/env node
// What npm links as `h2conn`: it runs however it is loaded.
import { exit, main } from "./program.ts";

exit(await main());
