// A button beside each password that shows it while it is pressed in.
for (const button of document.querySelectorAll("[data-show-password]")) {
  const input = document.getElementById(button.getAttribute("aria-controls"));
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  };
  button.hidden = false;
  button.addEventListener("click", () => show(input.type === "password"));
  // A shown password would be kept by the browser as the text of an ordinary field.
  input.form?.addEventListener("submit", () => show(false));
}
