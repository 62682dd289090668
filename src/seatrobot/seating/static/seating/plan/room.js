// The drawing: tables and seats as the store has them, and people on their seats.
//
// Ten thousand seats are drawn as bare circles; names are written on the tables that are looked at.

import { fit } from "./store.js";

const SVG = "http://www.w3.org/2000/svg";
const SEAT_RADIUS = 29;
const REACH_OF_SEAT = 48;
const CORNER = 14;

function make(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}

const SEAT = make("g", { class: "seat", role: "button", tabindex: -1 }, make("circle", { r: SEAT_RADIUS }));

export class Room {
  constructor(svg, store) {
    this.store = store;
    this.svg = svg;
    this.world = svg.querySelector(".world");
    this.draw();
    store.addEventListener("change", ({ detail }) => (detail.isRedrawn ? this.draw() : this.paint()));
  }

  draw() {
    const hadFocus = this.svg.contains(document.activeElement);
    this.tables = new Map();
    const parts = document.createDocumentFragment();
    for (const table of this.store.tables.values()) parts.append(this.drawTable(table));
    this.paint();
    this.world.replaceChildren(parts);
    if (this.seen) this.write(...this.seen);
    this.svg.dispatchEvent(new CustomEvent("drawn", { detail: { hadFocus } }));
  }

  drawTable({ id, plate, isNamed, shape: [isRound, width, height, centres], x, y, turn }) {
    const top = isRound
      ? make("circle", { class: "top", r: Math.round(width / 2) })
      : make("rect", { class: "top", x: -width / 2, y: -height / 2, width, height, rx: CORNER });
    const label = make("text", { class: isNamed ? "label is-name" : "label" }, plate);
    const count = make("text", { class: "count", y: 32 });
    const plates = make("g", { class: "plate" }, label, count);
    const local = [];
    for (let i = 0; i < centres.length; i += 2) local.push({ x: centres[i], y: centres[i + 1] });
    const seats = local.map((_, number) => {
      const seat = SEAT.cloneNode(true);
      seat.dataset.seat = number;
      return seat;
    });
    const element = make("g", { class: "table", role: "group", tabindex: -1, "data-table": id }, top, plates, ...seats);
    const table = { id, element, plate: plates, count, seats, local, isWritten: false };
    this.tables.set(id, table);
    this.move(table, x, y, turn);
    return element;
  }

  /** Where the seats of a table are in the room, in centimetres. */
  locate(table) {
    const angle = (table.turn * Math.PI) / 180;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    table.centres = table.local.map(({ x, y }) => ({
      x: table.x + x * cos - y * sin,
      y: table.y + x * sin + y * cos,
    }));
    table.reach = 40 + Math.max(...table.local.map(({ x, y }) => Math.hypot(x, y)));
  }

  move(table, x, y, turn = table.turn) {
    Object.assign(table, { x, y, turn });
    table.element.setAttribute("transform", `translate(${x} ${y})${turn ? ` rotate(${turn})` : ""}`);
    table.plate.setAttribute("transform", `rotate(${-turn})`);
    table.seats.forEach((seat, number) => {
      const { x: dx, y: dy } = table.local[number];
      seat.setAttribute("transform", `translate(${dx} ${dy})${turn ? ` rotate(${-turn})` : ""}`);
    });
    this.locate(table);
  }

  bounds() {
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const { x, y, reach } of this.tables.values()) {
      [left, top] = [Math.min(left, x - reach), Math.min(top, y - reach)];
      [right, bottom] = [Math.max(right, x + reach), Math.max(bottom, y + reach)];
    }
    return { left, top, width: right - left, height: bottom - top };
  }

  element(guest) {
    const seat = this.store.seatOf(guest);
    return seat ? this.tables.get(seat.table)?.seats[seat.seat] ?? null : null;
  }

  /** What is at a point of the room: a seat, else a table, else null. */
  hit({ x, y }) {
    let found = null;
    for (const table of this.tables.values()) {
      if (Math.hypot(table.x - x, table.y - y) > table.reach) continue;
      found ??= { table: table.id, seat: null };
      let nearest = REACH_OF_SEAT;
      table.centres.forEach((centre, seat) => {
        const away = Math.hypot(centre.x - x, centre.y - y);
        if (away < nearest) [nearest, found] = [away, { table: table.id, seat }];
      });
    }
    return found;
  }

  /** What an element of the drawing stands for. */
  meaning(element) {
    const table = element?.closest("[data-table]")?.dataset.table;
    if (!table) return null;
    const seat = element.closest("[data-seat]")?.dataset.seat;
    return { table, seat: seat === undefined ? null : Number(seat) };
  }

  /** Paints everybody; a seat that shows what it should costs a comparison. */
  paint() {
    for (const table of this.tables.values()) this.paintTable(table);
  }

  paintTable(table) {
    const known = this.store.tables.get(table.id);
    let taken = 0;
    table.seats.forEach((seat, number) => {
      const guest = this.store.guestAt(table.id, number);
      if (guest) taken += 1;
      this.paintSeat(seat, known, number, guest);
    });
    if (table.isWritten) this.writeTable(table);
    const count = `${taken}/${known.seats}`;
    if (table.count.textContent === count) return;
    table.count.textContent = count;
    table.element.setAttribute("aria-label", this.store.say("table", { table: known.name, taken, seats: known.seats }));
  }

  paintSeat(seat, table, number, guest) {
    const person = guest ? this.store.people.get(guest) : null;
    const isLocked = Boolean(guest && this.store.seatOf(guest).locked);
    if (seat.person === person && seat.isLocked === isLocked) return;
    Object.assign(seat, { person, isLocked });
    seat.classList.toggle("is-taken", Boolean(person));
    seat.classList.toggle("is-locked", isLocked);
    const facts = { seat: number + 1, table: table.name, name: person?.name };
    const label = this.store.say(person ? "seat" : "emptySeat", facts);
    seat.setAttribute("aria-label", isLocked ? `${label}, ${this.store.say("locked")}` : label);
  }

  /** Marks the seats of guests who sit against a must. */
  markBroken(guests) {
    for (const old of this.svg.querySelectorAll(".is-broken")) old.classList.remove("is-broken");
    for (const guest of guests) this.element(guest)?.classList.add("is-broken");
  }

  /** Writes names on the tables of a part of the room, and remembers which part that is. */
  write(left, top, right, bottom) {
    this.seen = [left, top, right, bottom];
    for (const table of this.tables.values()) {
      const { x, y, reach } = table;
      if (table.isWritten || x + reach < left || x - reach > right || y + reach < top || y - reach > bottom) continue;
      table.isWritten = true;
      this.writeTable(table);
    }
  }

  /** Writes who sits at a table; of people of one last name the first letter of the first, too. */
  writeTable(table) {
    const shorts = new Map();
    for (const { person } of table.seats) if (person) shorts.set(person.short, shorts.has(person.short));
    for (const seat of table.seats) {
      const { name = "", short = "" } = seat.person ?? {};
      const isFirstTold = shorts.get(short) && name !== short && name.endsWith(short);
      this.writeSeat(seat, isFirstTold ? `${[...name][0]}. ${short}` : short);
    }
  }

  writeSeat(seat, text) {
    if (seat.written === seat.person && seat.short?.textContent === text) return;
    seat.written = seat.person;
    if (!seat.initials) {
      seat.initials = make("text", { class: "initials" });
      seat.short = make("text", { class: "short" });
      seat.append(seat.initials, seat.short);
    }
    seat.initials.textContent = seat.person?.initials ?? "";
    seat.short.textContent = text;
    if (seat.person) seat.short.setAttribute("font-size", fit(text));
  }
}
