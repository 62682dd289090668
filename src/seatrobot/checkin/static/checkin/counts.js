// Expected, in, still to come: asked every few seconds while the page is looked at.
import { request } from "./request.js";

const EVERY_MS = 4000;
const list = document.getElementById("door-counts");
const bar = document.querySelector(".door-progress");
const offline = document.getElementById("door-offline");
const numbers = {};

function show() {
  numbers["to-come"] = numbers.expected - numbers.arrived;
  for (const place of list.querySelectorAll("[data-count]")) {
    place.textContent = numbers[place.dataset.count];
  }
  bar.max = numbers.expected;
  bar.value = numbers.arrived;
}

/** `whenBack` is called when answers come again after some did not. */
export function startCounts(whenBack) {
  for (const place of list.querySelectorAll("[data-count]")) {
    numbers[place.dataset.count] = Number(place.textContent);
  }

  function setOffline(isOffline) {
    if (offline.hidden === !isOffline) return;
    offline.hidden = !isOffline;
    if (!isOffline) whenBack();
  }

  async function ask() {
    if (document.hidden) return;
    try {
      const answer = await request(list.dataset.url);
      setOffline(false);
      if (answer.ok) {
        Object.assign(numbers, answer.data);
        show();
      }
    } catch {
      setOffline(true);
    }
  }

  setInterval(ask, EVERY_MS);
  document.addEventListener("visibilitychange", ask);
  window.addEventListener("online", ask);
  window.addEventListener("offline", () => setOffline(true));
  return {
    ask,
    add(change) {
      numbers.arrived += change;
      show();
    },
  };
}
