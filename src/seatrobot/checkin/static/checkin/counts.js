// Expected, in, still to come, and who came in or went at any door: asked while the page is seen.
import { request } from "./request.js";

const EVERY_MS = 1500;
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

/**
 * `whenOffline(isOffline)` is called when answers stop and when they come again; `whenChanged(id,
 * at)` for each guest who came in at a time, or is out where it is null.
 */
export function startCounts(whenOffline, whenChanged) {
  let since = list.dataset.since;
  let asked = 0;
  let isAsking = false;
  for (const place of list.querySelectorAll("[data-count]")) {
    numbers[place.dataset.count] = Number(place.textContent);
  }

  function setOffline(isOffline) {
    if (offline.hidden === !isOffline) return;
    offline.hidden = !isOffline;
    whenOffline(isOffline);
  }

  async function ask() {
    if (document.hidden || isAsking) return;
    isAsking = true;
    const mine = ++asked;
    try {
      const answer = await request(`${list.dataset.url}?${new URLSearchParams({ since })}`);
      setOffline(false);
      if (answer.ok && mine === asked) {
        const { changes, since: moment, ...counted } = answer.data;
        Object.assign(numbers, counted);
        since = moment;
        for (const [id, at] of changes) whenChanged(id, at);
        show();
      }
    } catch {
      setOffline(true);
    } finally {
      isAsking = false;
    }
  }

  setInterval(ask, EVERY_MS);
  document.addEventListener("visibilitychange", ask);
  window.addEventListener("online", ask);
  window.addEventListener("offline", () => setOffline(true));
  return {
    ask,
    add(change) {
      asked += 1; // an answer under way does not know of this yet
      numbers.arrived += change;
      show();
    },
  };
}
