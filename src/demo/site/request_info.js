import { byId } from "./page.js";

/** Shows what the server saw of a request by this page. */
export async function showRequest() {
  const response = await fetch("/reqinfo");
  byId("request-info").textContent = await response.text();
}
