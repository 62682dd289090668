// The rules beside the plan, and whether each is fulfilled as people sit now.

const CHECKS = {
  together: (tables) => new Set(tables).size <= 1,
  near: () => true,
  apart: (tables) => new Set(tables).size === tables.length,
  at_table: (tables, rule) => tables.every((table) => rule.tables.includes(table)),
  not_at_table: (tables, rule) => !tables.some((table) => rule.tables.includes(table)),
};

/** "met", "unmet", "open" while somebody has no seat, or null where it is a matter of degree. */
export function stateOf(rule, store) {
  if (rule.kind === "mix" || rule.kind === "near") return null;
  const guests = rule.guests.filter((guest) => store.people.has(guest));
  if (rule.kind.endsWith("at_table") && !rule.tables.length) return "unmet";
  const tables = guests.map((guest) => store.seatOf(guest)?.table).filter(Boolean);
  if (!CHECKS[rule.kind](tables, rule)) return "unmet";
  return tables.length < guests.length ? "open" : "met";
}

const LABELS = { met: "ruleMet", unmet: "ruleUnmet", open: "ruleOpen" };

export class Rules {
  constructor({ store, light, camera, room }) {
    Object.assign(this, { store, light, camera, room });
    this.badge = document.getElementById("broken-count");
    room.svg.addEventListener("drawn", () => this.draw());
    this.list = document.getElementById("rules");
    this.list.addEventListener("click", (event) => this.pick(event.target.closest("button")));
    store.addEventListener("change", () => this.draw());
    this.draw();
  }

  draw() {
    const broken = this.store.rules.filter((rule) => rule.must && stateOf(rule, this.store) === "unmet");
    this.room.markBroken(new Set(broken.flatMap((rule) => rule.guests)));
    this.badge.textContent = broken.length;
    this.badge.title = this.store.say("broken");
    this.badge.hidden = !broken.length;
    this.list.replaceChildren(...this.store.rules.map((rule) => this.row(rule)));
  }

  row(rule) {
    const state = stateOf(rule, this.store);
    const [item, button, mark, text] = ["li", "button", "i", "span"].map((tag) => document.createElement(tag));
    button.type = "button";
    button.dataset.rule = rule.id;
    button.setAttribute("aria-pressed", String(this.light.source === `rule:${rule.id}`));
    button.disabled = !rule.guests.length;
    mark.className = `rule-mark ${state ? `is-${state}` : "is-degree"}`;
    if (state) {
      mark.setAttribute("role", "img");
      mark.setAttribute("aria-label", this.store.say(LABELS[state]));
    }
    text.textContent = rule.text;
    button.append(mark, text);
    item.append(button);
    return item;
  }

  pick(button) {
    if (!button) return;
    const rule = this.store.rules.find(({ id }) => id === button.dataset.rule);
    this.light.toggle(`rule:${rule.id}`, rule.guests);
    this.draw();
  }
}
