import { testPage } from "./page.ts";

for (const guide of ["echo", "tunnel", "certificates"]) {
  await testPage(`docs/guides/${guide}.md`);
}
