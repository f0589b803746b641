/**
 * What a page gets of the package. scripts/check_npm.ts bundles it for
 * browsers and runs the bundle.
 *
 * @module
 */

import { Client, connect, NotSupportedError, ResetError } from "@h2conn/h2conn";

for (const use of [() => connect("https://h2conn.test"), () => new Client()]) {
  try {
    use();
    console.log("It did not throw");
  } catch (error) {
    if (!(error instanceof NotSupportedError)) throw error;
    console.log(error.message);
  }
}
console.log(new ResetError("CANCEL", { remote: true }).h2Code.number);
