// The plan as this page knows it: who there is, who sits where. Says "change" with the guests.

const key = (table, seat) => `${table}:${seat}`;

export class Store extends EventTarget {
  constructor(data) {
    super();
    this.phrases = data.phrases;
    this.take(data);
  }

  take(data) {
    this.version = data.version;
    this.mayChange = data.mayChange;
    this.columns = data.columns;
    this.rules = data.rules;
    this.undo = data.undo;
    this.redo = data.redo;
    this.tables = new Map(data.tables.map((table) => [table.id, table]));
    this.people = new Map(data.people.map((person) => [person.id, spelled(person, data.columns)]));
    this.parties = grouped(this.people.values());
    this.spots = new Map();
    this.at = new Map();
    for (const { id, place } of data.people) {
      if (place) this.put(id, { table: data.tables[place[0]].id, seat: place[1], locked: place[2] });
    }
  }

  /** Everything anew, as the server has it. */
  replace(data) {
    this.take(data);
    this.tell(null);
  }

  spotOf(guest) {
    return this.spots.get(guest) ?? null;
  }

  guestAt(table, seat) {
    return this.at.get(key(table, seat)) ?? null;
  }

  taken(table) {
    let count = 0;
    for (const spot of this.spots.values()) if (spot.table === table) count += 1;
    return count;
  }

  unseated() {
    return [...this.people.values()].filter((person) => !this.spots.has(person.id));
  }

  /** Seats guests elsewhere (`table` null: nowhere); returns what takes it back. */
  apply(changes) {
    const back = changes.map(({ guest }) => ({ guest, table: null, ...this.spotOf(guest) }));
    for (const { guest } of changes) this.remove(guest);
    for (const change of changes) this.put(change.guest, change);
    this.tell(new Set(changes.map((change) => change.guest)));
    return back;
  }

  say(phrase, facts = {}) {
    return this.phrases[phrase].replace(/\{(\w+)\}/g, (whole, name) => facts[name] ?? whole);
  }

  tell(guests) {
    this.dispatchEvent(new CustomEvent("change", { detail: { guests } }));
  }

  remove(guest) {
    const spot = this.spots.get(guest);
    if (!spot) return;
    this.spots.delete(guest);
    if (this.at.get(key(spot.table, spot.seat)) === guest) this.at.delete(key(spot.table, spot.seat));
  }

  put(guest, { table, seat, locked = false }) {
    if (!table || !this.people.has(guest)) return;
    this.spots.set(guest, { table, seat, locked });
    this.at.set(key(table, seat), guest);
  }
}

/** A person with values in full; on the way they are positions in the columns' values. */
function spelled(person, columns) {
  const values = person.values.map((found, index) => found.map((at) => columns[index].values[at]));
  return { ...person, values };
}

/** People by their party. */
function grouped(people) {
  const groups = new Map();
  for (const person of people) {
    if (!person.party) continue;
    if (!groups.has(person.party)) groups.set(person.party, []);
    groups.get(person.party).push(person);
  }
  return groups;
}
