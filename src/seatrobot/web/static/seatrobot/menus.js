// <details class="menu">: one open at a time; a click elsewhere or Esc closes it; arrows move.

const openMenus = () => document.querySelectorAll("details.menu[open]");

function move(menu, step) {
  const items = [...menu.querySelectorAll(".menu-item")];
  const next = items.indexOf(document.activeElement) + step;
  items.at(next < 0 ? items.length - 1 : next % items.length)?.focus();
}

function onKey(event) {
  const menu = event.target.closest("details.menu[open]");
  if (!menu) return;
  if (event.key === "Escape") {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    move(menu, event.key === "ArrowDown" ? 1 : -1);
  }
}

/** In a scrolling list a menu would be cut off: place it over the page, upwards where it must. */
function place(menu) {
  const items = menu.querySelector(".menu-items");
  const button = menu.querySelector("summary").getBoundingClientRect();
  const fitsBelow = button.bottom + items.offsetHeight + 8 < innerHeight;
  Object.assign(items.style, {
    position: "fixed",
    insetInlineEnd: "auto",
    top: `${fitsBelow ? button.bottom + 4 : button.top - items.offsetHeight - 4}px`,
    left: `${Math.max(8, button.right - items.offsetWidth)}px`,
  });
}

export function startMenus() {
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.(".scroll-x details.menu[open]")) place(event.target);
  }, true);
  document.addEventListener("scroll", () => {
    for (const menu of document.querySelectorAll(".scroll-x details.menu[open]")) menu.open = false;
  }, { capture: true, passive: true });
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    for (const menu of openMenus()) {
      if (!menu.contains(event.target) || event.target.closest(".menu-item")) menu.open = false;
    }
  });
}
