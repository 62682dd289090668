// htmx: the CSRF header, answers with errors, answers that are too old, and the focus after a swap.
import { announce, toast } from "./toasts.js";

const token = () => document.querySelector("meta[name=csrf-token]")?.content;

function sayFailure(event) {
  const problem = event.detail.xhr?.getResponseHeader("content-type")?.includes("problem+json");
  const detail = problem && JSON.parse(event.detail.xhr.responseText).detail;
  toast(detail || document.getElementById("network-error-template").content.textContent, "error");
}

/** Keeps a question's answer from replacing what a change is about: it may be of before the change,
 * and the change's own answer would find nothing to replace any more. */
function startOrder() {
  const running = new Set();
  const isChange = (request) => request.requestConfig.verb !== "get";
  const ignore = ({ xhr, target }) =>
    // at the target: it may have left the document by then
    target.addEventListener("htmx:beforeSwap", ({ detail }) => {
      if (detail.xhr === xhr) detail.shouldSwap = false;
    });
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    const { xhr, target, requestConfig } = detail;
    const request = { xhr, target, requestConfig };
    for (const other of running) {
      if (isChange(request) && !isChange(other) && other.target.contains(target)) ignore(other);
      if (isChange(other) && !isChange(request) && target.contains(other.target)) ignore(request);
    }
    running.add(request);
    xhr.addEventListener("loadend", () => running.delete(request));
  });
}

/** Looks for what was typed before htmx listened; there is no event of that. A box alone waits for
 * "search", a bar of filters for "change". */
function searchTyped() {
  for (const input of document.querySelectorAll("[data-search]")) {
    if (input.value === input.defaultValue) continue;
    for (const name of ["search", "change"]) input.dispatchEvent(new Event(name, { bubbles: true }));
  }
}

export function startRequests() {
  startOrder();
  document.addEventListener("DOMContentLoaded", searchTyped);
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
