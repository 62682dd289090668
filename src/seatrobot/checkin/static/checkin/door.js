// The door: finds as one types, checks in with one tap, keeps the counts fresh.
import { flash } from "./flash.js";
import { startCounts } from "./counts.js";
import { nextId, startDevice } from "./device.js";
import { startSearch } from "./search.js";
import { request } from "./request.js";
import { showTimes } from "./times.js";
import { startViewport } from "./viewport.js";

const form = document.getElementById("door-form");
const search = startSearch(showTimes);
const counts = startCounts(setOffline, follow);
const device = startDevice();
const walkIn = document.querySelector("#door-walk-in form");

const rowOf = (id) => form.querySelector(`[data-guest="${CSS.escape(id)}"]`);
const nameOf = (button) =>
  button.closest("[data-guest]")?.querySelector("h2").textContent ??
  button.closest(".door-party").querySelector("h2").textContent;

/** Shows a guest as in since `at`, or out; returns whether that is news.
 *
 * The card of somebody who was not expected has no place for it; it comes anew from the server.
 */
function show(id, at) {
  const row = rowOf(id);
  if (!row || row.classList.contains("is-unexpected")) return false;
  if (row.classList.contains("is-in") === Boolean(at)) return false;
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
  const change = answer.at ? answer.guests.length : -answer.guests.length;
  countParty(party, change);
  counts.add(change);
}

/** Shows what another device did, on the cards that are here. */
function follow(id, at) {
  const row = rowOf(id);
  if (!row || row.querySelector("[aria-busy]")) return;
  if (row.classList.contains("is-unexpected")) {
    if (at) search.again();
  } else if (show(id, at)) countParty(row.closest(".door-party"), at ? 1 : -1);
}

/** Nothing can be tapped that could not be done. */
function setOffline(isOffline) {
  for (const button of document.querySelectorAll("#door-results button, #door-walk-in button")) {
    button.disabled = isOffline;
  }
  if (!isOffline) search.resume();
}

function celebrate(button, answer) {
  const count = answer.guests.length;
  if (!answer.at && count > 1) return flash("outs", { count });
  if (!answer.at) return flash("out", { name: nameOf(button) });
  if (button.name === "party") {
    const undo = button.closest(".door-party").querySelector(".door-undo");
    return flash("party", { count }, undo && (() => send(undo, { guest: answer.guests })));
  }
  const row = rowOf(answer.guests[0]);
  const place = row.querySelector(".door-seat")?.textContent.trim() ?? "";
  const undo = () => rowOf(answer.guests[0])?.querySelector(".door-undo");
  return flash("in", { name: nameOf(button), place }, () => undo() && send(undo()));
}

function refuse(button, problem, more) {
  const party = button.closest(".door-party");
  if (problem.at && button.name === "guest" && show(button.value, problem.at)) countParty(party, 1);
  counts.ask();
  const said = { name: nameOf(button), detail: problem.detail };
  if ("wanted" in problem) flash("full", said, () => send(button, { ...more, overbook: "1" }));
  else flash("refused", said);
}

/** What a button sends: whom, the tap, why, and `more`; several values of one name are a list. */
function bodyOf(button, more) {
  const note = button.closest("[data-guest]")?.querySelector("[data-note]");
  const values = { [button.name]: button.value, ...device.tap(button), ...more };
  if (button.hasAttribute("data-admit")) values.note = note.value;
  return new URLSearchParams(
    Object.entries(values).flatMap(([name, value]) => [value].flat().map((one) => [name, one])),
  );
}

async function send(button, more = {}) {
  button.setAttribute("aria-busy", "true");
  const url = button.getAttribute("formaction") ?? form.action;
  const answer = await answerTo(button, url, bodyOf(button, more));
  if (!answer) {
    flash("lost", { name: nameOf(button) }, () => send(button, more));
  } else if (answer.ok) {
    showAll(button.closest(".door-party"), answer.data);
    celebrate(button, answer.data);
    if (!answer.data.at || button.hasAttribute("data-admit")) search.again();
  } else refuse(button, answer.data, more);
}

/** Asks the server while the button is busy; returns nothing where no answer comes. */
async function answerTo(button, url, body) {
  try {
    const answer = await request(url, { method: "POST", body });
    device.answered(button);
    return answer;
  } catch {
    return undefined;
  } finally {
    button.removeAttribute("aria-busy");
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.submitter.hasAttribute("aria-busy")) return;
  send(event.submitter);
  if (!event.submitter.classList.contains("door-undo")) search.ready();
});

/** Adds somebody who is not on the list; the form's identifiers make the same one of it once more. */
async function add(more = {}) {
  const button = walkIn.querySelector("button");
  const body = new URLSearchParams(new FormData(walkIn));
  const values = { ...device.tap(button), ...more };
  for (const [name, value] of Object.entries(values)) body.set(name, value);
  const name = [body.get("first_name"), body.get("last_name")].join(" ").trim();
  button.setAttribute("aria-busy", "true");
  const answer = await answerTo(button, walkIn.getAttribute("action"), body);
  if (!answer) {
    flash("lost", { name }, () => add(more));
  } else if (answer.ok) {
    walkIn.reset();
    const { new_guest } = walkIn.elements;
    new_guest.value = nextId(new_guest.value);
    walkIn.parentElement.open = false;
    counts.ask();
    flash("in", { name });
    search.ready();
  } else {
    const said = { name, detail: answer.data.detail };
    if ("twin" in answer.data) flash("twin", said, () => add({ ...more, another: "1" }));
    else if ("wanted" in answer.data) flash("full", said, () => add({ ...more, overbook: "1" }));
    else flash("refused", said);
  }
}

walkIn?.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!walkIn.querySelector("[aria-busy]")) add();
});
walkIn?.parentElement.addEventListener("toggle", () => {
  if (!walkIn.parentElement.open) return;
  const [last, ...first] = search.text().split(/\s+/).reverse();
  walkIn.elements.first_name.value ||= first.reverse().join(" ");
  walkIn.elements.last_name.value ||= last;
  walkIn.elements.first_name.focus();
  walkIn.scrollIntoView({ block: "nearest" });
});
form.addEventListener(
  "toggle",
  (event) => {
    const { target } = event;
    if (target.open) target.querySelector("[data-note]")?.focus();
  },
  true,
);
form.addEventListener("keydown", (event) => {
  const { target } = event;
  if (event.key !== "Enter" || !target.hasAttribute("data-note")) return;
  event.preventDefault(); // the form's first button would be of another guest
  target.closest(".door-admit").querySelector("[data-admit]").click();
});

showTimes(form);
startViewport();
