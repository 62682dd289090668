// htmx: the CSRF header, answers with errors, and the focus after a swap.
import { announce, toast } from "./toasts.js";

const token = () => document.querySelector("meta[name=csrf-token]")?.content;

function sayFailure(event) {
  const problem = event.detail.xhr?.getResponseHeader("content-type")?.includes("problem+json");
  const detail = problem && JSON.parse(event.detail.xhr.responseText).detail;
  toast(detail || document.getElementById("network-error-template").content.textContent, "error");
}

export function startRequests() {
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token();
  });
  // A form with errors comes back as 422 and takes the place of the form.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 422) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });
  document.addEventListener("htmx:responseError", sayFailure);
  document.addEventListener("htmx:sendError", sayFailure);
  document.addEventListener("htmx:afterSwap", (event) => {
    const finished = event.detail.elt.closest?.(".work:not(.is-running)");
    if (finished) announce(finished.innerText);
    event.detail.elt.querySelector?.("[aria-invalid=true]")?.focus();
  });
}
