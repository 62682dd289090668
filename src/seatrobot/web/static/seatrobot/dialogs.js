// Native <dialog>: `data-open="id"` opens, `data-close` closes, `data-confirm` asks first.

export function openDialog(id) {
  const dialog = document.getElementById(id);
  if (!(dialog instanceof HTMLDialogElement)) return false;
  if (!dialog.open) dialog.showModal();
  dialog.querySelector(".dialog-body :is(input:not([type=hidden]), select, textarea)")?.focus();
  return true;
}

/** Asks in the standing dialog; resolves to true when the person agrees. */
export function ask(element) {
  const dialog = document.getElementById("confirm");
  const yes = dialog.querySelector("[data-confirm-yes]");
  yes.dataset.label ??= yes.textContent;
  dialog.querySelector("h2").textContent = element.dataset.confirm;
  yes.textContent = element.dataset.confirmAction ?? yes.dataset.label;
  yes.className = element.dataset.confirmTone === "danger" ? "btn btn-danger" : "btn btn-primary";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "confirm"), { once: true });
  });
}

const agreed = new WeakSet();

async function confirmThen(event, element, proceed) {
  if (agreed.delete(element)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (await ask(element)) {
    agreed.add(element);
    proceed();
  }
}

const usesHtmx = (element) => element.matches("[hx-get], [hx-post], [hx-put], [hx-patch], [hx-delete]");

function onClick(event) {
  const asking = event.target.closest("a[data-confirm], button[data-confirm]");
  if (asking && !usesHtmx(asking)) {
    confirmThen(event, asking, () => asking.click());
    if (event.defaultPrevented) return;
  }
  const opener = event.target.closest("[data-open]");
  if (opener && openDialog(opener.dataset.open)) event.preventDefault();
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
  if (event.target instanceof HTMLDialogElement && isOutside(event)) event.target.close();
}

function isOutside(event) {
  const box = event.target.getBoundingClientRect();
  const isPointer = event.detail > 0;
  const inside = event.clientX >= box.left && event.clientX <= box.right
    && event.clientY >= box.top && event.clientY <= box.bottom;
  return isPointer && !inside;
}

export function startDialogs() {
  document.addEventListener("click", onClick, true);
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-confirm]") || usesHtmx(form)) return;
    confirmThen(event, form, () => form.requestSubmit(event.submitter));
  }, true);
  document.addEventListener("htmx:confirm", (event) => {
    const element = event.detail.elt;
    if (!element.dataset.confirm || !usesHtmx(element)) return;
    event.preventDefault();
    ask(element).then((yes) => yes && event.detail.issueRequest(true));
  });
}
