// Finds as one types; arrows walk the list, a letter goes back to the search, Esc clears it.
import { clearFlash } from "./flash.js";
import { request } from "./request.js";

const PAUSE_MS = 120;
const form = document.getElementById("door-search");
const input = form.elements.q;
const clear = form.querySelector(".door-clear");
const results = document.getElementById("door-results");
const buttons = () => [...results.querySelectorAll("button.door-check, .door-party-head button")].filter((button) => button.offsetParent);
let timer;
let running;
let isStale = false;
let shown;

async function search() {
  running?.abort();
  running = new AbortController();
  const mine = running;
  const url = `${form.dataset.url}?${new URLSearchParams({ q: input.value })}`;
  try {
    const answer = await request(url, { signal: mine.signal });
    results.innerHTML = answer.data;
    shown(results);
    results.closest("main").scrollTop = 0;
    isStale = false;
  } catch {
    if (mine !== running) return;
    isStale = true;
    results.replaceChildren(document.getElementById("search-lost").content.cloneNode(true));
  }
}

function later() {
  clear.hidden = !input.value;
  clearTimeout(timer);
  timer = setTimeout(search, PAUSE_MS);
}

function empty() {
  input.value = "";
  later();
  input.focus();
}

function walk(key) {
  const stops = [input, ...buttons()];
  const next = stops.indexOf(document.activeElement) + (key === "ArrowDown" ? 1 : -1);
  stops[Math.max(0, Math.min(next, stops.length - 1))].focus();
}

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    walk(event.key);
  } else if (event.key === "Escape") {
    clearFlash();
    empty();
  } else if (event.key.length === 1 && /[\p{L}\p{N}]/u.test(event.key)) {
    if (!event.target.closest("input, summary")) input.focus();
  }
}

/** `whenShown` gets the results after each search. Returns `again`, `resume` (only if the last
 * search failed), `ready` (for the next name) and `text` (what is looked for). */
export function startSearch(whenShown) {
  shown = whenShown;
  clear.hidden = !input.value;
  clear.addEventListener("click", empty);
  input.addEventListener("input", later);
  input.addEventListener("focus", () => input.select());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (buttons().length) buttons()[0].focus();
    else search();
  });
  document.addEventListener("keydown", press);
  if (input.value !== input.defaultValue) later(); // typed before this script ran
  if (matchMedia("(hover: hover)").matches) input.focus();
  return {
    again: search,
    resume: () => isStale && search(),
    ready: () => input.focus({ preventScroll: true }),
    text: () => input.value.trim(),
  };
}
