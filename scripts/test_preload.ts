/**
 * Loaded before the test files under `deno test`, where `node:test` is more
 * lenient than elsewhere:
 *
 * - It registers its tests with Deno's leak sanitizers off: turned on here.
 * - It swallows errors that are thrown out of callbacks: here they fail the
 *   test during which they were thrown, as they do on Bun and Node.
 *
 * @module
 */

const register = Deno.test;

if (Deno.env.get("H2CONN_TEST_SANITIZE") !== "off") {
  const sanitized = (...args: unknown[]) => {
    if (args.length === 1 && typeof args[0] === "object") {
      args[0] = { ...args[0], sanitizeOps: true, sanitizeResources: true };
    }
    return (register as (...args: unknown[]) => unknown)(...args);
  };
  Object.assign(Deno, { test: Object.assign(sanitized, register) });
}

const strays: unknown[] = [];
globalThis.addEventListener("error", (event) => {
  strays.push(event.error);
});
globalThis.addEventListener("unhandledrejection", (event) => {
  strays.push(event.reason);
});

function failOnStrays(): void {
  const [stray] = strays.splice(0);
  if (stray !== undefined) {
    throw stray;
  }
}
register.afterEach(failOnStrays);
register.afterAll(failOnStrays);
