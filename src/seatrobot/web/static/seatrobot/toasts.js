// Short messages in a live region; from a view: HX-Trigger: {"toast": {"message": …, "level": …}}.

const STAYS_MS = 6000;
const region = () => document.getElementById("toasts");

/** Takes a message away after a while, but never an error and never one that is being read. */
function fade(element) {
  if (element.classList.contains("is-error")) return;
  setTimeout(() => {
    if (element.matches(":hover, :focus-within")) fade(element);
    else element.remove();
  }, STAYS_MS);
}

export function toast(message, level = "success") {
  const element = document.getElementById("toast-template").content.cloneNode(true).firstElementChild;
  element.classList.add(`is-${level}`);
  element.querySelector("p").textContent = message;
  if (level === "error") element.setAttribute("role", "alert");
  region().append(element);
  fade(element);
}

/** Says something to screen readers only. */
export function announce(message) {
  const element = document.createElement("p");
  element.className = "visually-hidden";
  element.textContent = message;
  region().append(element);
  setTimeout(() => element.remove(), STAYS_MS);
}

export function startToasts() {
  const fadeAll = () => region()?.querySelectorAll(".toast").forEach(fade);
  fadeAll();
  document.addEventListener("htmx:oobAfterSwap", (event) => event.detail.target === region() && fadeAll());
  document.addEventListener("toast", (event) => toast(event.detail.message, event.detail.level));
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-dismiss]")) event.target.closest(".toast").remove();
  });
}
