/** Text that is HTML already, and stays as it is. */
export interface Html {
  readonly html: string;
}

/** Fills in what a page has in double braces, such as `{{title}}`. */
export function fillIn(
  page: string,
  values: Readonly<Record<string, string | Html>>,
): string {
  return page.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new TypeError(`No value for "${name}"`);
    return typeof value === "string" ? escapeHtml(value) : value.html;
  });
}

function escapeHtml(text: string): string {
  return text.replace(
    /[&<>"']/g,
    (character) => `&#${character.charCodeAt(0)};`,
  );
}

/** A page that is made anew for each visitor. */
export function htmlPage(html: string): Response {
  return new Response(html, {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
    },
  });
}
