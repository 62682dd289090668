// Forms that were changed and not sent: leaving the page asks first. And [data-take], which puts
// what somebody else saved into a field.

const touched = new WeakSet();
let sending = null;

const differs = (field) => {
  if (field.type === "hidden" || field.disabled || !field.name) return false;
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.type === "file") return field.files.length > 0;
  if (field instanceof HTMLSelectElement) {
    const first = [...field.options].findIndex((option) => option.defaultSelected);
    return field.multiple
      ? [...field.options].some((option) => option.selected !== option.defaultSelected)
      : field.selectedIndex !== Math.max(first, 0);
  }
  return "defaultValue" in field && field.value !== field.defaultValue;
};

/** A form that came back with what was typed holds it nowhere else. */
const cameBack = (form) => form.querySelector("[aria-invalid=true], .differences, .notice[role=alert]") !== null;

const isUnsaved = (form) => form !== sending && form.method === "post"
  && (cameBack(form) || (touched.has(form) && [...form.elements].some(differs)));

function askBeforeLeaving(event) {
  if ([...document.forms].some(isUnsaved)) event.preventDefault();
  sending = null;
}

function take(button) {
  const values = JSON.parse(button.dataset.values);
  const fields = button.form?.elements ?? document.querySelector("form").elements;
  for (const field of fields) {
    if (field.name !== button.dataset.take) continue;
    if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
    else field.value = values[0] ?? "";
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  button.disabled = true;
}

export function startUnsaved() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-take]");
    if (button) take(button);
  });
  if (!document.body.matches(".shell")) return;
  const touch = (event) => {
    const form = event.target.form;
    if (form && !form.matches("[data-selection]")) touched.add(form);
  };
  document.addEventListener("input", touch);
  document.addEventListener("change", touch);
  document.addEventListener("submit", (event) => {
    sending = event.defaultPrevented ? null : event.target;
  });
  window.addEventListener("beforeunload", askBeforeLeaving);
}
