// The card of a guest who is hovered, focused or chosen: who it is and what can be done.

const MOST_FACTS = 6;
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
    for (const event of ["change", "values"]) store.addEventListener(event, () => this.again());
    stage.addEventListener("camera", () => this.settle());
    this.box.addEventListener("click", (event) => this.act(event.target.closest("[data-do]")?.dataset.do));
  }

  /** Shows somebody while the pointer or the focus is there. */
  peek(guest) {
    if (!this.chosen) this.show(guest);
  }

  /** Keeps somebody shown, with what can be done. */
  choose(guest) {
    this.chosen = guest;
    this.show(guest);
    this.stage.dispatchEvent(new CustomEvent("choose", { detail: { guest } }));
  }

  again() {
    if (this.chosen && !this.store.people.has(this.chosen)) this.chosen = null;
    this.show(this.chosen ?? this.shown);
  }

  act(what) {
    const guest = this.chosen ?? this.shown;
    if (what === "close") this.choose(null);
    if (what === "lock") this.actions.toggleLock(guest);
    if (what === "unseat") this.actions.unseat(guest);
    if (what === "carry") this.stage.dispatchEvent(new CustomEvent("carry", { detail: { guest } }));
    if (what === "party") this.stage.dispatchEvent(new CustomEvent("party", { detail: { guest } }));
  }

  show(guest) {
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
    this.store.columns.forEach((column, index) => {
      const text = person.values[index].join("; ");
      if (text && column.key !== "title" && facts.childElementCount < MOST_FACTS) facts.append(element("div", {}, element("dt", { textContent: column.label }), element("dd", { textContent: text })));
    });
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

  buttons(person, seat, mates) {
    const button = (what, phrase) => {
      const made = element("button", { type: "button", className: "btn btn-sm", textContent: this.store.say(phrase) });
      made.dataset.do = what;
      return made;
    };
    return element(
      "div",
      { className: "card-buttons" },
      this.store.mayChange && !seat?.locked && button("carry", "pickUp"),
      this.store.mayChange && seat && button("lock", seat.locked ? "unlock" : "lock"),
      this.store.mayChange && seat && !seat.locked && button("unseat", "takeAway"),
      mates.length > 0 && button("party", "showParty"),
    );
  }

  /** Beside the seat where there is room; at the foot of the plan on a phone. */
  settle() {
    if (this.box.hidden) return;
    const seat = this.store.seatOf(this.shown);
    const table = seat && this.room.tables.get(seat.table);
    const place = table?.centres[seat.seat];
    if (!isWide.matches || !place) {
      this.box.classList.add("is-docked");
      this.box.style.translate = "";
      return;
    }
    this.box.classList.remove("is-docked");
    const at = this.camera.toStage(place);
    const [width, height] = [this.box.offsetWidth, this.box.offsetHeight];
    const away = 30 * this.camera.k + 12;
    const right = at.x + away + width < this.camera.box.width;
    const x = right ? at.x + away : at.x - away - width;
    const y = Math.min(Math.max(8, at.y - height / 2), Math.max(8, this.camera.box.height - height - 8));
    this.box.style.translate = `${Math.max(8, x)}px ${y}px`;
  }
}
