import { testPage } from "./page.ts";

await testPage("docs/cli.md");
