// What every page needs; each part works on any page that has its markup.
import { startDialogs } from "./dialogs.js";
import { startMenus } from "./menus.js";
import { startRequests } from "./requests.js";
import { startSelection } from "./selection.js";
import { startShortcuts } from "./shortcuts.js";
import { startToasts } from "./toasts.js";
import { startUnsaved } from "./unsaved.js";

function startTheme() {
  const root = document.documentElement;
  for (const button of document.querySelectorAll("[data-theme-toggle]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const next = root.dataset.shown === "dark" ? "light" : "dark";
      localStorage.setItem("theme", next);
      root.dataset.theme = next;
      root.dataset.shown = next;
    });
  }
}

for (const element of document.querySelectorAll("[data-needs-script]")) element.hidden = false;
document.querySelector(".event-tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
for (const tab of document.querySelectorAll(".tabs > [aria-current]")) {
  const strip = tab.parentElement;
  strip.scrollLeft = tab.offsetLeft - strip.offsetLeft - (strip.clientWidth - tab.offsetWidth) / 2;
}
startTheme();
startDialogs();
startMenus();
startRequests();
startSelection();
startShortcuts();
startToasts();
startUnsaved();
