// The door: finds as one types, checks in with one tap, keeps the counts fresh.
import { flash } from "./flash.js";
import { startCounts } from "./counts.js";
import { startDevice } from "./device.js";
import { startSearch } from "./search.js";
import { request } from "./request.js";
import { showTimes } from "./times.js";
import { startViewport } from "./viewport.js";

const form = document.getElementById("door-form");
const search = startSearch(showTimes);
const counts = startCounts(search.resume);
const device = startDevice();

const rowOf = (id) => form.querySelector(`[data-guest="${CSS.escape(id)}"]`);
const nameOf = (button) =>
  button.closest("[data-guest]")?.querySelector("h2").textContent ??
  button.closest(".door-party").querySelector("h2").textContent;

/** Shows a guest as in since `at`, or out; returns whether that is news. */
function show(id, at) {
  const row = rowOf(id);
  if (!row || row.classList.contains("is-in") === Boolean(at)) return false;
  row.classList.toggle("is-in", Boolean(at));
  if (!at) return true;
  row.querySelector("time").dateTime = at;
  showTimes(row);
  return true;
}

/** Moves a party's own numbers by how many came in, or by minus one. */
function countParty(party, change) {
  const arrived = party.querySelector("[data-arrived]");
  if (!arrived) return;
  const together = party.querySelector("[data-waiting]");
  step(arrived, "arrived", change);
  step(together, "waiting", -change);
  together.hidden = Number(together.dataset.waiting) < 2;
}

function step(element, name, change) {
  const before = element.dataset[name];
  element.dataset[name] = Number(before) + change;
  const text = element.querySelector("span") ?? element;
  text.textContent = text.textContent.replace(before, element.dataset[name]);
}

function showAll(party, answer) {
  for (const id of answer.guests) show(id, answer.at);
  const change = answer.at ? answer.guests.length : -1;
  countParty(party, change);
  counts.add(change);
}

function celebrate(button, answer) {
  if (!answer.at) return flash("out", { name: nameOf(button) });
  if (button.name === "party") return flash("party", { count: answer.guests.length });
  const row = rowOf(answer.guests[0]);
  const place = row.querySelector(".door-seat").textContent.trim();
  const undo = row.querySelector(".door-undo");
  return flash("in", { name: nameOf(button), place }, () => send(undo));
}

function refuse(button, problem) {
  const party = button.closest(".door-party");
  if (problem.at && button.name === "guest" && show(button.value, problem.at)) countParty(party, 1);
  counts.ask();
  flash("refused", { name: nameOf(button), detail: problem.detail });
}

async function send(button) {
  button.setAttribute("aria-busy", "true");
  const body = new URLSearchParams({ [button.name]: button.value, ...device.tap(button) });
  try {
    const answer = await request(button.getAttribute("formaction") ?? form.action, { method: "POST", body });
    device.answered(button);
    if (answer.ok) {
      showAll(button.closest(".door-party"), answer.data);
      celebrate(button, answer.data);
      if (!answer.data.at) search.again();
    } else refuse(button, answer.data);
  } catch {
    flash("lost", { name: nameOf(button) }, () => send(button));
  } finally {
    button.removeAttribute("aria-busy");
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.submitter.hasAttribute("aria-busy")) return;
  send(event.submitter);
  search.ready();
});

showTimes(form);
startViewport();
