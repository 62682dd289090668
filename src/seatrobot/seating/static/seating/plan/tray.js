// The list beside the plan: who has no seat, and whoever the search finds.

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const FIRST_SHOWN = 60;
const SHOWN_LATER = 300;
const CLOSE_ENOUGH = 0.75;

export class Tray {
  constructor({ store, room, camera, light, card, stage, carry }) {
    Object.assign(this, { store, room, camera, light, card, stage, carry });
    this.list = document.getElementById("tray");
    this.note = document.getElementById("tray-note");
    this.search = document.querySelector("#plan [data-search]");
    this.shown = FIRST_SHOWN;
    this.index();
    store.addEventListener("change", (event) => {
      if (event.detail.guests === null) this.index();
      this.draw();
    });
    this.search.addEventListener("input", () => this.find());
    this.search.addEventListener("keydown", (event) => this.leaveSearch(event));
    store.addEventListener("values", () => {
      this.index();
      this.draw();
    });
    this.list.addEventListener("click", (event) => this.open(event));
    this.draw();
  }

  index() {
    this.texts = new Map();
    for (const person of this.store.people.values()) {
      this.texts.set(person.id, fold([person.title, person.name, ...person.values.flat()].join("\n")));
    }
  }

  get words() {
    return fold(this.search.value).split(/\s+/).filter(Boolean);
  }

  find() {
    this.shown = FIRST_SHOWN;
    const words = this.words;
    if (!words.length) this.light.off();
    else this.light.on("search", [...this.texts].filter(([, text]) => words.every((word) => text.includes(word))).map(([id]) => id));
    this.draw();
    this.stage.dispatchEvent(new Event("search"));
  }

  leaveSearch(event) {
    if (event.key === "Escape" && this.search.value) {
      this.search.value = "";
      this.find();
      event.stopPropagation();
    }
    if (event.key === "Enter" && this.words.length) this.list.querySelector("button")?.click();
  }

  draw() {
    const searching = this.words.length > 0;
    const unseated = this.store.unseated();
    const found = searching ? [...this.light.guests].map((id) => this.store.people.get(id)).filter(Boolean) : unseated;
    found.sort((a, b) => Number(this.store.seats.has(a.id)) - Number(this.store.seats.has(b.id)));
    this.list.replaceChildren(...found.slice(0, this.shown).map((person) => this.row(person)));
    if (found.length > this.shown) this.list.append(this.more(found.length - this.shown));
    this.note.textContent = searching
      ? this.store.say(found.length ? "found" : "nobodyFound", { count: found.length })
      : this.store.say(unseated.length ? "unseatedSome" : "unseatedNone", { count: unseated.length });
    const badge = document.getElementById("unseated-count");
    badge.textContent = unseated.length;
    badge.hidden = !unseated.length;
  }

  row(person) {
    const seat = this.store.seatOf(person.id);
    const [item, button, avatar, name, where] = ["li", "button", "span", "span", "small"].map((tag) => document.createElement(tag));
    button.type = "button";
    button.className = "tray-person";
    button.dataset.guest = person.id;
    avatar.className = "initials initials-sm tone-slate";
    avatar.textContent = person.initials;
    avatar.setAttribute("aria-hidden", "true");
    name.textContent = person.name;
    where.textContent = seat ? this.store.tables.get(seat.table).name : person.values.flat().slice(0, 2).join(" · ");
    button.append(avatar, name, where);
    item.append(button);
    return item;
  }

  /** The rest of a long list, when it is asked for. */
  more(count) {
    const [item, button] = [document.createElement("li"), document.createElement("button")];
    Object.assign(button, { type: "button", className: "btn btn-sm tray-more", textContent: this.store.say("more", { count }) });
    button.addEventListener("click", () => {
      const at = this.shown;
      this.shown += SHOWN_LATER;
      this.draw();
      this.list.children[at]?.querySelector("button").focus();
    });
    item.append(button);
    return item;
  }

  /** Goes to where somebody sits; picks up who has no seat. */
  open(event) {
    const guest = event.target.closest("[data-guest]")?.dataset.guest;
    if (!guest) return;
    const seat = this.store.seatOf(guest);
    if (!seat) return this.lift(guest, event.detail === 0);
    this.camera.reveal(this.room.tables.get(seat.table).centres[seat.seat], CLOSE_ENOUGH);
    this.card.choose(guest);
  }

  lift(guest, byKey) {
    this.carry.pick(guest);
    if (byKey) this.room.svg.querySelector("[tabindex='0']")?.focus({ preventScroll: true });
  }
}
