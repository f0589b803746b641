import { byId } from "./page.js";

/** Shows what the server saw of a request by this page. */
export async function showRequest() {
  const shown = byId("request-info");
  try {
    const response = await fetch("/reqinfo");
    shown.textContent = await response.text();
  } catch (error) {
    shown.textContent = `It failed: ${error.message}`;
  }
}
