// The drawing: finds the elements that the server drew, and paints people on their seats.

const REACH_OF_SEAT = 48;
const DRAWN = /translate\((-?[\d.]+)[ ,]+(-?[\d.]+)\)(?: rotate\((-?[\d.]+)\))?/;

function position(element) {
  const [, x, y, turn = 0] = DRAWN.exec(element.getAttribute("transform")).map(Number);
  return { x, y, turn: turn || 0 };
}

export class Room {
  constructor(svg, store) {
    this.store = store;
    this.adopt(svg);
    store.addEventListener("change", (event) => this.paint(event.detail.guests));
  }

  /** Learns a (new) drawing by heart. */
  adopt(svg) {
    this.svg = svg;
    this.world = svg.querySelector(".world");
    this.tables = new Map();
    for (const element of svg.querySelectorAll("[data-table]")) {
      const id = element.dataset.table;
      const seats = [...element.querySelectorAll("[data-seat]")];
      const table = { id, element, count: element.querySelector(".count"), seats, ...position(element) };
      table.spots = seats.map(position);
      this.tables.set(id, table);
      this.locate(table);
    }
    this.paint(null);
  }

  /** Where the seats of a table are in the room, in centimetres. */
  locate(table) {
    const angle = (table.turn * Math.PI) / 180;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    table.places = table.spots.map(({ x, y }) => ({
      x: table.x + x * cos - y * sin,
      y: table.y + x * sin + y * cos,
    }));
    table.reach = 40 + Math.max(...table.spots.map(({ x, y }) => Math.hypot(x, y)));
  }

  move(table, x, y, turn = table.turn) {
    Object.assign(table, { x, y, turn });
    table.element.setAttribute("transform", `translate(${x} ${y}) rotate(${turn})`);
    table.element.querySelector(".plate").setAttribute("transform", `rotate(${-turn})`);
    table.seats.forEach((seat, number) => {
      const { x: dx, y: dy } = table.spots[number];
      seat.setAttribute("transform", `translate(${dx} ${dy}) rotate(${-turn})`);
    });
    this.locate(table);
  }

  bounds() {
    const tables = [...this.tables.values()];
    const edge = (pick) => tables.map(pick);
    const left = Math.min(...edge((t) => t.x - t.reach));
    const top = Math.min(...edge((t) => t.y - t.reach));
    const right = Math.max(...edge((t) => t.x + t.reach));
    const bottom = Math.max(...edge((t) => t.y + t.reach));
    return { left, top, width: right - left, height: bottom - top };
  }

  element(guest) {
    const spot = this.store.spotOf(guest);
    return spot ? this.tables.get(spot.table)?.seats[spot.seat] ?? null : null;
  }

  /** What is at a point of the room: a seat, else a table, else null. */
  hit({ x, y }) {
    let found = null;
    for (const table of this.tables.values()) {
      if (Math.hypot(table.x - x, table.y - y) > table.reach) continue;
      found ??= { table: table.id, seat: null };
      let nearest = REACH_OF_SEAT;
      table.places.forEach((place, seat) => {
        const away = Math.hypot(place.x - x, place.y - y);
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

  /** Paints everybody; one pass over 540 seats takes a few milliseconds. */
  paint() {
    for (const table of this.tables.values()) this.paintTable(table);
  }

  paintTable(table) {
    const known = this.store.tables.get(table.id);
    if (!known) return;
    let taken = 0;
    table.seats.forEach((seat, number) => {
      const guest = this.store.guestAt(table.id, number);
      if (guest) taken += 1;
      this.paintSeat(seat, known, number, guest);
    });
    const count = `${taken}/${known.seats}`;
    if (table.count.textContent !== count) table.count.textContent = count;
    const facts = { table: known.name, taken, seats: known.seats };
    table.element.setAttribute("aria-label", this.store.say("table", facts));
  }

  paintSeat(seat, table, number, guest) {
    const spot = guest && this.store.spotOf(guest);
    const face = guest ? `${guest}${spot.locked}${table.name}` : table.name;
    if (seat.face === face) return;
    seat.face = face;
    const person = guest ? this.store.people.get(guest) : null;
    seat.classList.toggle("is-taken", Boolean(person));
    seat.classList.toggle("is-locked", Boolean(spot?.locked));
    seat.querySelector(".initials").textContent = person?.initials ?? "";
    const short = seat.querySelector(".short");
    short.textContent = person?.short ?? "";
    if (person) short.setAttribute("font-size", person.fit);
    const facts = { seat: number + 1, table: table.name, name: person?.name };
    const label = this.store.say(person ? "seat" : "emptySeat", facts);
    seat.setAttribute("role", "button");
    seat.setAttribute("aria-label", spot?.locked ? `${label}, ${this.store.say("locked")}` : label);
  }
}
