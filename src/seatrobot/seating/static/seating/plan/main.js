// The floor plan: draws what the server sent, and lets people move it.
import { Actions } from "./actions.js";
import { Api } from "./api.js";
import { Arrange } from "./arrange.js";
import { Camera } from "./camera.js";
import { Card } from "./card.js";
import { Carry } from "./carry.js";
import { Colours } from "./colours.js";
import { Keys } from "./keys.js";
import { Light } from "./light.js";
import { Pointer } from "./pointer.js";
import { Robot } from "./robot.js";
import { Room } from "./room.js";
import { Rules } from "./rules.js";
import { Side } from "./side.js";
import { Store } from "./store.js";
import { Sync } from "./sync.js";
import { Tray } from "./tray.js";

const data = JSON.parse(document.getElementById("plan-data").textContent);
const stage = document.getElementById("stage");
const plan = { stage, side: new Side() };

plan.store = new Store(data);
plan.api = new Api(data.urls, data.phrases.offline, () => plan.store.version);
plan.actions = new Actions(plan.store, plan.api, document.getElementById("plan-live"));
plan.room = new Room(stage.querySelector("svg.floor"), plan.store);
plan.camera = new Camera(stage, plan.room);
plan.light = new Light(plan);
plan.card = new Card(plan);
plan.carry = new Carry(plan);
plan.arrange = new Arrange(plan);
plan.colours = new Colours(plan);
plan.keys = new Keys(plan);
new Tray(plan);
plan.tray = document.querySelector(".plan-side");
plan.pointer = new Pointer(plan);
plan.rules = new Rules(plan);
new Robot(plan);

new Sync(plan);

async function loadValues() {
  try {
    plan.store.takeValues(await plan.api.json(data.urls.values));
  } catch {
    // Cards and colours go without the columns of the guest list until people change.
  }
}
plan.store.addEventListener("people", loadValues);
stage.addEventListener("search", () => plan.side.open("guests"));
stage.addEventListener("party", (event) => {
  const { party } = plan.store.people.get(event.detail.guest);
  plan.light.toggle(`party:${party}`, plan.store.parties.get(party).map(({ id }) => id));
});

function showCounts() {
  const [seated, guests] = [plan.store.seats.size, plan.store.people.size];
  const phrase = seated === guests ? "allSeated" : "counts";
  document.getElementById("plan-counts").textContent = plan.store.say(phrase, { seated, guests });
}

function showSteps() {
  for (const [which, idle] of [["undo", "nothingToUndo"], ["redo", "nothingToRedo"]]) {
    const button = document.getElementById(which);
    if (!button) continue;
    const step = plan.store[which];
    button.disabled = !step;
    button.title = step ? plan.store.say(which, { step }) : plan.store.say(idle);
    button.setAttribute("aria-label", button.title);
  }
}

for (const which of ["undo", "redo"]) {
  document.getElementById(which)?.addEventListener("click", () => plan.actions.step(which));
}
document.getElementById("clear")?.addEventListener("click", () => plan.actions.clear());
plan.store.addEventListener("change", showCounts);
plan.store.addEventListener("change", showSteps);
showCounts();
showSteps();
document.getElementById("plan").dataset.ready = "true";
(window.requestIdleCallback ?? setTimeout)(loadValues);

if (document.querySelector("[data-result]")) plan.side.open("result");
const guest = location.hash.match(/^#guest-(.+)$/)?.[1];
if (guest && plan.store.people.has(guest)) plan.card.choose(guest);
