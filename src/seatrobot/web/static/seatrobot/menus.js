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

export function startMenus() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    for (const menu of openMenus()) {
      if (!menu.contains(event.target) || event.target.closest(".menu-item")) menu.open = false;
    }
  });
}
