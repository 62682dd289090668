// Lighting some people up while the rest of the room steps back.

export class Light {
  constructor({ store, room }) {
    Object.assign(this, { store, room });
    this.source = null;
    this.guests = new Set();
    store.addEventListener("change", () => this.paint());
    room.svg.addEventListener("drawn", () => this.paint());
  }

  /** `source` names who asked, so that asking again switches off. */
  toggle(source, guests) {
    if (this.source === source) this.off();
    else this.on(source, guests);
  }

  on(source, guests) {
    this.source = source;
    this.guests = new Set(guests);
    this.paint();
  }

  off() {
    this.source = null;
    this.guests.clear();
    this.paint();
  }

  paint() {
    this.room.svg.classList.toggle("has-light", this.source !== null);
    for (const old of this.room.svg.querySelectorAll(".is-lit")) old.classList.remove("is-lit");
    for (const guest of this.guests) this.room.element(guest)?.classList.add("is-lit");
  }
}
