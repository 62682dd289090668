// The card of a guest or a table that is hovered, focused or chosen: what it is and what can be done.

const MOST_FACTS = 6;
const HIDDEN = "plan-card-hidden";
const isWide = matchMedia("(min-width: 48rem) and (hover: hover)");

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter(Boolean));
  return made;
}

export class Card {
  constructor({ store, room, camera, stage, actions }) {
    Object.assign(this, { store, room, camera, stage, actions });
    this.box = document.getElementById("card");
    this.chosen = null;
    this.shown = null;
    this.table = null;
    this.details = new Map();
    this.hidden = new Set(JSON.parse(localStorage.getItem(HIDDEN) ?? "[]"));
    this.fields = document.getElementById("card-fields");
    document.querySelector("[data-open=card-fields]")?.addEventListener("click", () => this.offerFields());
    this.fields?.addEventListener("change", (event) => this.keepFields(event.target));
    store.addEventListener("people", () => this.details.clear());
    for (const event of ["change", "values"]) store.addEventListener(event, () => this.again());
    stage.addEventListener("camera", () => this.settle());
    this.box.addEventListener("click", (event) => {
      const person = event.target.closest("[data-person]")?.dataset.person;
      if (person) this.choose(person);
      else this.act(event.target.closest("[data-do]")?.dataset.do);
    });
  }

  /** Whether somebody or a table was chosen, rather than looked at in passing. */
  get isOpen() {
    return Boolean(this.chosen || this.table?.isChosen);
  }

  /** Shows somebody while the pointer or the focus is there. */
  peek(guest) {
    if (!this.isOpen) this.show(guest);
  }

  /** Keeps somebody shown, with what can be done. */
  choose(guest) {
    this.chosen = guest;
    this.table = null;
    this.show(guest);
    if (guest) this.fetch(guest);
    this.stage.dispatchEvent(new CustomEvent("choose", { detail: { guest } }));
  }

  /** Shows who sits at a table; `isChosen` also what can be done with it. */
  chooseTable(table, isChosen = true) {
    if (!isChosen && this.chosen) return;
    if (isChosen) this.choose(null);
    this.table = { id: table, isChosen };
    this.showTable();
  }

  showTable() {
    const known = this.store.tables.get(this.table.id);
    if (!known) return this.choose(null);
    this.shown = null;
    if (this.table.isChosen) this.room.tables.get(this.table.id).element.classList.add("is-chosen");
    this.box.hidden = false;
    this.box.classList.toggle("is-chosen", this.table.isChosen);
    this.box.replaceChildren(...this.aboutTable(known));
    this.settle();
  }

  aboutTable({ id, name, seats }) {
    const sitting = this.store.sitting(id);
    const count = this.store.say("table", { table: name, taken: sitting.length, seats });
    const head = element("header", {}, element("strong", { textContent: name }), element("span", { textContent: count }));
    const people = element("ol", { className: "card-people" });
    for (const guest of sitting) {
      const button = element("button", { type: "button", className: "btn-quiet", textContent: this.store.people.get(guest).name });
      button.dataset.person = guest;
      const row = element("li", { value: this.store.seatOf(guest).seat + 1 }, button);
      if (this.store.seatOf(guest).locked) row.append(` · ${this.store.say("locked")}`);
      people.append(row);
    }
    if (!this.table.isChosen) return [head, people];
    head.append(this.closing());
    const allLocked = sitting.length > 0 && sitting.every((guest) => this.store.seatOf(guest).locked);
    const buttons = element("div", { className: "card-buttons" });
    if (this.store.mayChange && sitting.length) buttons.append(this.button(allLocked ? "unlock-table" : "lock-table", allLocked ? "unlockTable" : "lockTable"));
    const { tablePage, print } = this.actions.api.urls;
    if (this.store.mayChange) buttons.append(this.link(tablePage.replace("TABLE", id), "editTable"));
    if (print && sitting.length) buttons.append(this.link(print.replace("TABLE", id), "printTable"));
    return [head, people, buttons];
  }

  /** What the guest list says of a guest, for those who may see it. */
  async fetch(guest) {
    if (!this.details.has(guest)) {
      try {
        this.details.set(guest, await this.actions.api.json(this.actions.api.urls.card.replace("GUEST", guest)));
      } catch {
        return; // The card shows what the plan knows.
      }
    }
    if (this.chosen === guest) this.show(guest);
  }

  /** Which facts the card shows is kept in this browser. */
  offerFields() {
    const found = new Map(this.store.columns.map(({ key, label }) => [key, label]));
    for (const { facts } of this.details.values()) for (const { key, label } of facts) found.set(key, label);
    found.delete("title");
    this.fields.querySelector("[data-fields]").replaceChildren(
      ...[...found].map(([key, label]) => {
        const box = element("input", { type: "checkbox", className: "form-check-input", value: key, checked: !this.hidden.has(key) });
        return element("label", { className: "form-check" }, box, element("span", { className: "form-check-label", textContent: label }));
      }),
    );
  }

  keepFields({ value, checked }) {
    if (checked) this.hidden.delete(value);
    else this.hidden.add(value);
    localStorage.setItem(HIDDEN, JSON.stringify([...this.hidden]));
    this.again();
  }

  again() {
    if (this.table) return this.showTable();
    if (this.chosen && !this.store.people.has(this.chosen)) this.chosen = null;
    this.show(this.chosen ?? this.shown);
  }

  act(what) {
    const guest = this.chosen ?? this.shown;
    if (what === "close") this.choose(null);
    if (what?.endsWith("lock-table")) this.actions.lockTable(this.table.id, what === "lock-table");
    if (what === "lock") this.actions.toggleLock(guest);
    if (what === "unseat") this.actions.unseat(guest);
    if (what === "carry") this.stage.dispatchEvent(new CustomEvent("carry", { detail: { guest } }));
    if (what === "party") this.stage.dispatchEvent(new CustomEvent("party", { detail: { guest } }));
  }

  show(guest) {
    if (guest) this.table = null;
    const person = guest && this.store.people.get(guest);
    this.shown = person ? guest : null;
    for (const old of this.room.svg.querySelectorAll(".is-chosen")) old.classList.remove("is-chosen");
    if (this.chosen) this.room.element(this.chosen)?.classList.add("is-chosen");
    this.box.hidden = !person;
    if (!person) return;
    this.box.replaceChildren(...this.about(person));
    this.box.classList.toggle("is-chosen", this.chosen === guest);
    this.settle();
  }

  about(person) {
    const seat = this.store.seatOf(person.id);
    const where = seat
      ? this.store.say("seatOf", { table: this.store.tables.get(seat.table).name, seat: seat.seat + 1 })
      : this.store.say("noSeat");
    const facts = element("dl");
    const details = this.chosen === person.id ? this.details.get(person.id) : null;
    const known = this.store.columns.map(({ key, label }, index) => ({ key, label, text: person.values[index]?.join("; ") }));
    const named = new Set(known.map(({ key }) => key));
    const all = [...known, ...(details?.facts ?? []).filter(({ key }) => !named.has(key))];
    for (const { label, text } of all.filter(({ key, text: value }) => value && key !== "title" && !this.hidden.has(key)).slice(0, details ? Infinity : MOST_FACTS)) {
      facts.append(element("div", {}, element("dt", { textContent: label }), element("dd", { textContent: text })));
    }
    const mates = (this.store.parties.get(person.party) ?? []).filter((mate) => mate !== person);
    if (mates.length) facts.prepend(element("div", {}, element("dt", { textContent: this.store.say("party") }), element("dd", { textContent: mates.map((mate) => mate.name).join(", ") })));
    const head = element("header", {}, element("small", { textContent: person.title }), element("strong", { textContent: person.name }), element("span", { textContent: seat?.locked ? `${where} · ${this.store.say("locked")}` : where }));
    if (this.chosen === person.id) head.append(this.closing());
    return [head, facts, this.chosen === person.id && this.buttons(person, seat, mates)].filter(Boolean);
  }

  closing() {
    const button = element("button", { type: "button", className: "btn-quiet card-close", textContent: "×" });
    button.setAttribute("aria-label", this.store.say("close"));
    button.dataset.do = "close";
    return button;
  }

  button(what, phrase) {
    const made = element("button", { type: "button", className: "btn btn-sm", textContent: this.store.say(phrase) });
    made.dataset.do = what;
    return made;
  }

  link(href, phrase) {
    return element("a", { href, className: "btn btn-sm", textContent: this.store.say(phrase) });
  }

  buttons(person, seat, mates) {
    const button = (what, phrase) => this.button(what, phrase);
    const profile = this.details.get(person.id)?.url;
    return element(
      "div",
      { className: "card-buttons" },
      this.store.mayChange && !seat?.locked && button("carry", "pickUp"),
      this.store.mayChange && seat && button("lock", seat.locked ? "unlock" : "lock"),
      this.store.mayChange && seat && !seat.locked && button("unseat", "takeAway"),
      mates.length > 0 && button("party", "showParty"),
      profile && this.link(profile, "profile"),
    );
  }

  /** Beside the seat where there is room; at the foot of the plan on a phone. */
  settle() {
    if (this.box.hidden) return;
    const seat = this.table ? null : this.store.seatOf(this.shown);
    const table = this.room.tables.get(this.table?.id ?? seat?.table);
    const place = seat ? table?.centres[seat.seat] : this.table && table;
    if (!isWide.matches || !place) {
      this.box.classList.add("is-docked");
      this.box.style.translate = "";
      return;
    }
    this.box.classList.remove("is-docked");
    const at = this.camera.toStage(place);
    const [width, height] = [this.box.offsetWidth, this.box.offsetHeight];
    const away = (seat ? 30 : table.reach) * this.camera.k + 12;
    const right = at.x + away + width < this.camera.box.width;
    const x = right ? at.x + away : at.x - away - width;
    const y = Math.min(Math.max(8, at.y - height / 2), Math.max(8, this.camera.box.height - height - 8));
    this.box.style.translate = `${Math.max(8, x)}px ${y}px`;
  }
}
