// The plan as this page knows it: who there is, who sits where. Sends "change" with the guests.

const ID_LENGTH = 22;
const LARGEST_TYPE = 12.5;
const SEAT_LETTERS = 92;

const key = (table, seat) => `${table}:${seat}`;

/** The size of type in which a text fits on a seat. */
export const fit = (text) => Math.min(LARGEST_TYPE, Math.round((10 * SEAT_LETTERS) / Math.max(text.length, 1)) / 10);

/** The identifier that 22 letters of base64url stand for. */
function identifier(text) {
  const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  let hex = "";
  for (let i = 0; i < 16; i += 1) hex += bytes.charCodeAt(i).toString(16).padStart(2, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export class Store extends EventTarget {
  constructor(data) {
    super();
    this.phrases = data.phrases;
    this.people = new Map();
    this.columns = [];
    this.take(data);
  }

  take(data) {
    this.version = data.version;
    this.mayChange = data.mayChange;
    this.undo = data.undo;
    this.redo = data.redo;
    if (data.people) this.takePeople(data.people);
    const everybody = [...this.people.keys()];
    this.tables = new Map();
    this.seats = new Map();
    this.at = new Map();
    const locked = new Set(data.locked);
    for (const [short, name, plate, shape, x, y, turn, at] of data.tables) {
      const id = identifier(short);
      this.tables.set(id, { id, name, plate, isNamed: plate === name, seats: at.length, shape: data.shapes[shape], x, y, turn });
      at.forEach((position, seat) => position >= 0 && this.put(everybody[position], { table: id, seat, locked: locked.has(position) }));
    }
    const tables = [...this.tables.keys()];
    this.rules = data.rules.map((rule) => ({
      ...rule,
      guests: rule.guests.map((position) => everybody[position]),
      tables: rule.tables.map((position) => tables[position]),
    }));
  }

  takePeople({ version, ids, names, shorts, initials, parties }) {
    const before = this.people;
    this.peopleVersion = version;
    this.people = new Map();
    names.forEach((name, position) => {
      const id = identifier(ids.slice(ID_LENGTH * position, ID_LENGTH * (position + 1)));
      const cut = shorts[position];
      const short = typeof cut === "string" ? cut : name.slice(cut || name.lastIndexOf(" ") + 1);
      const letters = short === name ? [...name].slice(0, 1) : [[...name][0], [...short][0]];
      const known = before.get(id);
      this.people.set(id, {
        id,
        name,
        short,
        initials: initials[position] ?? letters.join("").toUpperCase(),
        party: null,
        title: known?.title ?? "",
        values: known?.values ?? [],
      });
    });
    const everybody = [...this.people.values()];
    this.parties = new Map(parties.map((members, number) => [`party${number}`, members.map((position) => everybody[position])]));
    for (const [party, members] of this.parties) for (const person of members) person.party = party;
  }

  /** What the columns of the guest list say of everybody; sends "values". */
  takeValues({ people, columns }) {
    if (people !== this.peopleVersion) return;
    this.columns = columns.map(({ key: name, label }) => ({ key: name, label }));
    const read = (cell, values) => (cell === -1 ? [] : [cell].flat().map((position) => values[position]));
    let position = 0;
    for (const person of this.people.values()) {
      person.values = columns.map(({ values, cells }) => read(cells[position], values));
      person.title = person.values[this.columns.findIndex((column) => column.key === "title")]?.[0] ?? "";
      position += 1;
    }
    this.dispatchEvent(new Event("values"));
  }

  /** Everything anew, as the server has it. */
  replace(data) {
    const before = this.layout();
    this.take(data);
    this.tell(null, this.layout() !== before);
    if (data.people) this.dispatchEvent(new Event("people"));
  }

  /** What the drawing shows apart from people. */
  layout() {
    return JSON.stringify([...this.tables.values()]);
  }

  seatOf(guest) {
    return this.seats.get(guest) ?? null;
  }

  guestAt(table, seat) {
    return this.at.get(key(table, seat)) ?? null;
  }

  /** The guests at a table, by seat. */
  sitting(table) {
    const { seats } = this.tables.get(table);
    return Array.from({ length: seats }, (_, seat) => this.guestAt(table, seat)).filter(Boolean);
  }

  unseated() {
    return [...this.people.values()].filter((person) => !this.seats.has(person.id));
  }

  /** Seats guests elsewhere (`table` null: nowhere); returns what takes it back. */
  apply(changes) {
    const back = changes.map(({ guest }) => ({ guest, table: null, ...this.seatOf(guest) }));
    for (const { guest } of changes) this.remove(guest);
    for (const change of changes) this.put(change.guest, change);
    this.tell(new Set(changes.map((change) => change.guest)));
    return back;
  }

  say(phrase, facts = {}) {
    return this.phrases[phrase].replace(/\{(\w+)\}/g, (whole, name) => facts[name] ?? whole);
  }

  /** `guests`: who sits elsewhere now, null for everybody; `isRedrawn`: tables changed too. */
  tell(guests, isRedrawn = false) {
    this.dispatchEvent(new CustomEvent("change", { detail: { guests, isRedrawn } }));
  }

  remove(guest) {
    const seat = this.seats.get(guest);
    if (!seat) return;
    this.seats.delete(guest);
    if (this.at.get(key(seat.table, seat.seat)) === guest) this.at.delete(key(seat.table, seat.seat));
  }

  put(guest, { table, seat, locked = false }) {
    if (!table || !this.people.has(guest)) return;
    this.seats.set(guest, { table, seat, locked });
    this.at.set(key(table, seat), guest);
  }
}
