import { EXIT_CODE, Failure } from "./exit_code.ts";

/** The module that makes certificates, which needs packages of others. */
export async function loadAuthority(): Promise<
  typeof import("./authority.ts")
> {
  try {
    return await import("./authority.ts");
  } catch (cause) {
    throw new Failure(
      EXIT_CODE.LOCAL,
      `Making a certificate needs the package "@peculiar/x509", which is not ` +
        `installed: in a checkout, "npx -y deno@2 install" does that`,
      { cause },
    );
  }
}
