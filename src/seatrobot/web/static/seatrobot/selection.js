// Rows of a table: `form[data-selection]` with [data-select-all], [data-select-row] and .selection-bar.

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
  const count = form.querySelector("[data-selection-count]");
  if (count) count.textContent = chosen;
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
  });
  const refreshAll = () => document.querySelectorAll("form[data-selection]").forEach(refresh);
  document.addEventListener("htmx:afterSwap", refreshAll);
  refreshAll();
}
