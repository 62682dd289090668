// Rows of a table: `form[data-selection]` with [data-select-all], [data-select-row] and .selection-bar.
import { announce } from "./toasts.js";

function refresh(form) {
  const rows = [...form.querySelectorAll("[data-select-row]")];
  const chosen = rows.filter((row) => row.checked).length;
  const all = form.querySelector("[data-select-all]");
  if (all) {
    all.checked = chosen > 0 && chosen === rows.length;
    all.indeterminate = chosen > 0 && chosen < rows.length;
  }
  const bar = form.querySelector(".selection-bar");
  if (bar) bar.hidden = chosen === 0;
  const everything = form.querySelector("[data-select-total]");
  const total = everything?.checked ? Number(everything.dataset.selectTotal) : chosen;
  for (const button of form.querySelectorAll("[data-confirm-many]")) {
    const { confirmOne, confirmMany } = button.dataset;
    button.dataset.confirm = total === 1 ? confirmOne : confirmMany.replace("%s", total);
  }
  const count = form.querySelector("[data-selection-count]");
  if (count) count.textContent = chosen;
}

const stops = (bar) => [...bar.querySelectorAll("button, input, select")].filter((stop) => !stop.disabled);

/** After a tick, Tab goes to the bar; from its ends it goes back to where the tick was. */
function onTab(event) {
  const form = event.target.closest?.("form[data-selection]");
  const bar = form?.querySelector(".selection-bar:not([hidden])");
  if (event.key !== "Tab" || !bar) return;
  const box = event.target.matches("[data-select-row]:checked, [data-select-all]:checked") && event.target;
  const inBar = stops(bar);
  if (box && !event.shiftKey) {
    form.cameFrom = box;
    inBar[0].focus();
  } else if (event.target === inBar[0] && event.shiftKey && form.cameFrom) form.cameFrom.focus();
  else if (event.target === inBar.at(-1) && !event.shiftKey && form.cameFrom) {
    const rows = [...form.querySelectorAll("[data-select-row]")];
    const next = rows[rows.indexOf(form.cameFrom) + 1];
    form.cameFrom = null;
    if (!next) return;
    next.focus();
  } else return;
  event.preventDefault();
}

function say(form) {
  const bar = form.querySelector(".selection-bar");
  const chosen = form.querySelectorAll("[data-select-row]:checked").length;
  const { announceOne, announceMany } = bar?.dataset ?? {};
  if (chosen && announceMany) announce(chosen === 1 ? announceOne : announceMany.replace("%s", chosen));
}

let last = null;

/** Shift-click takes every row between the last one clicked and this one. */
function takeRange(form, row) {
  const rows = [...form.querySelectorAll("[data-select-row]")];
  const [from, to] = [rows.indexOf(last), rows.indexOf(row)].sort((a, b) => a - b);
  if (from < 0) return;
  for (const between of rows.slice(from, to + 1)) between.checked = row.checked;
}

export function startSelection() {
  document.addEventListener("click", (event) => {
    const row = event.target.closest?.("[data-select-row]");
    if (!row) return;
    const form = row.closest("form[data-selection]");
    if (event.shiftKey && last && form.contains(last)) takeRange(form, row);
    last = row;
    refresh(form);
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("form[data-selection]");
    if (!form) return;
    if (event.target.matches("[data-select-all]")) {
      for (const row of form.querySelectorAll("[data-select-row]")) row.checked = event.target.checked;
    }
    refresh(form);
    say(form);
  });
  document.addEventListener("keydown", onTab);
  const refreshAll = () => document.querySelectorAll("form[data-selection]").forEach(refresh);
  document.addEventListener("htmx:afterSwap", refreshAll);
  refreshAll();
}
