// Colour people by a column or by party, with a legend that lights them up.

const COLOURS = 12;
const MOST_SHARE = 0.6;

export class Colours {
  constructor({ store, room, light }) {
    Object.assign(this, { store, room, light });
    this.select = document.getElementById("colour");
    this.legend = document.getElementById("legend");
    store.addEventListener("values", () => this.offer());
    if (!store.parties.size) this.select.querySelector("[value=party]")?.remove();
    this.select.addEventListener("change", () => this.paint());
    this.legend.addEventListener("click", (event) => this.pick(event.target.closest("button")));
    store.addEventListener("change", () => this.select.value && this.paint());
    room.svg.addEventListener("drawn", () => this.rows && this.dress());
  }

  /** Columns whose values repeat; a column where everybody differs has no legend. */
  offer() {
    const chosen = this.select.value;
    for (const option of this.select.querySelectorAll("[value^='column:']")) option.remove();
    this.store.columns.forEach(({ key, label }, index) => {
      const values = new Set();
      for (const person of this.store.people.values()) values.add(person.values[index]?.[0]);
      const few = values.size > 1 && values.size < this.store.people.size * MOST_SHARE;
      if (few) this.select.append(new Option(label, `column:${key}`));
    });
    this.select.value = [...this.select.options].some(({ value }) => value === chosen) ? chosen : "";
    if (chosen) this.paint();
  }

  valueOf(person) {
    const chosen = this.select.value;
    if (chosen === "party") return person.party ? this.store.parties.get(person.party)[0].short : "";
    return person.values[this.store.columns.findIndex(({ key }) => `column:${key}` === chosen)]?.[0] ?? "";
  }

  paint() {
    const groups = new Map();
    if (this.select.value) {
      for (const person of this.store.people.values()) {
        const value = this.valueOf(person);
        if (!groups.has(value)) groups.set(value, []);
        groups.get(value).push(person.id);
      }
    }
    const none = groups.get("") ?? [];
    groups.delete("");
    this.groups = [...groups].sort((a, b) => b[1].length - a[1].length || a[0].localeCompare(b[0]));
    const shown = this.groups.slice(0, COLOURS);
    const others = this.groups.slice(COLOURS).flatMap(([, guests]) => guests);
    this.rows = shown.map(([label, guests], index) => ({ label, guests, colour: `c${index}` }));
    if (others.length) this.rows.push({ label: this.store.say("others"), guests: others, colour: "cx" });
    if (none.length && this.rows.length) this.rows.push({ label: this.store.say("none"), guests: none, colour: "cn" });
    this.dress();
    this.draw();
  }

  dress() {
    const colourOf = new Map();
    for (const { guests, colour } of this.rows) for (const guest of guests) colourOf.set(guest, colour);
    this.room.svg.classList.toggle("is-coloured", this.rows.length > 0);
    for (const table of this.room.tables.values()) {
      table.seats.forEach((seat, number) => {
        const colour = colourOf.get(this.store.guestAt(table.id, number)) ?? "";
        if (seat.colour === colour) return;
        if (seat.colour) seat.classList.remove(seat.colour);
        if (colour) seat.classList.add(colour);
        seat.colour = colour;
      });
    }
  }

  draw() {
    this.legend.hidden = !this.rows.length;
    this.legend.replaceChildren(
      ...this.rows.map(({ label, guests, colour }, index) => {
        const button = Object.assign(document.createElement("button"), { type: "button", className: `legend-row ${colour}` });
        button.dataset.row = index;
        button.setAttribute("aria-pressed", String(this.light.source === `legend:${label}`));
        const [dot, name, count] = ["i", "span", "b"].map((tag) => document.createElement(tag));
        name.textContent = label;
        count.textContent = guests.length;
        button.append(dot, name, count);
        return button;
      }),
    );
  }

  pick(button) {
    if (!button) return;
    const row = this.rows[Number(button.dataset.row)];
    this.light.toggle(`legend:${row.label}`, row.guests);
    this.draw();
  }
}
