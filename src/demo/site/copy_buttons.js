/** Gives each command a button that copies it. */
export function addCopyButtons() {
  // Only pages that came safely may write to the clipboard.
  if (!navigator.clipboard) return;
  for (const command of document.querySelectorAll(".command")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(
        command.querySelector("code").textContent,
      );
      button.textContent = "Copied";
    });
    command.append(button);
  }
}
