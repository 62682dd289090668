// Single keys, never while typing: "/" search, "?" help, and `data-key="e"` on a link or button.
import { openDialog } from "./dialogs.js";

const isTyping = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;

function focusSearch() {
  const search = document.querySelector("[data-search]");
  search?.focus();
  search?.select();
  return Boolean(search);
}

function press(key) {
  if (key === "/") return focusSearch();
  if (key === "?") return openDialog("keyboard-help");
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  target?.click();
  return Boolean(target);
}

/** Adds a line to the keyboard help for each key that this page gives. */
function listOwnKeys() {
  const help = document.getElementById("shortcuts");
  for (const target of document.querySelectorAll("[data-key]")) {
    const [line, name, key] = ["div", "dt", "dd"].map((tag) => document.createElement(tag));
    name.textContent = target.getAttribute("aria-label") ?? target.textContent.trim();
    key.append(Object.assign(document.createElement("kbd"), { textContent: target.dataset.key }));
    line.append(name, key);
    help?.append(line);
  }
}

export function startShortcuts() {
  listOwnKeys();
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (press(event.key)) event.preventDefault();
  });
}
