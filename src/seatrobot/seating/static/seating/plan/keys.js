// The same with the keyboard: arrows between tables and seats, Enter picks up and puts down.
//
// From anywhere every table is reached: Page Up and Page Down go through all of them, digits go to
// the one of that number, and Shift with an arrow goes from a seat to the table beside.

const NUMBER_WITHIN_MS = 900;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Keys {
  constructor({ store, room, camera, stage, actions, carry, card, arrange }) {
    Object.assign(this, { store, room, camera, stage, actions, carry, card, arrange });
    this.at = null;
    this.adopt();
    room.svg.addEventListener("drawn", (event) => this.adopt(event.detail.hadFocus));
    stage.addEventListener("focusin", (event) => this.focused(event.target));
    stage.addEventListener("keydown", (event) => this.press(event));
    stage.addEventListener("keydown", (event) => event.key === "Tab" && this.carry.putBack());
    addEventListener("keydown", (event) => this.pressAnywhere(event));
  }

  /** One element of the drawing can be reached with Tab; the arrows go on from there. */
  adopt(hadFocus = false) {
    const first = this.room.tables.values().next().value;
    first?.element.setAttribute("tabindex", "0");
    if (hadFocus && this.room.tables.has(this.at?.table)) this.go(this.at.table, this.at.seat);
  }

  focused(element) {
    const target = this.room.meaning(element);
    if (!target) return;
    this.at = target;
    this.room.svg.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
    element.setAttribute("tabindex", "0");
    if (!element.matches(":focus-visible")) return;
    const table = this.room.tables.get(target.table);
    this.camera.reveal(target.seat === null ? table : table.centres[target.seat]);
    if (this.carry.guest) this.carry.aim(target);
    else if (target.seat === null && !this.card.chosen) this.card.chooseTable(target.table, false);
    else this.card.peek(target.seat === null ? null : this.store.guestAt(target.table, target.seat));
  }

  go(table, seat = null) {
    const known = this.room.tables.get(table);
    (seat === null ? known.element : known.seats[seat]).focus({ preventScroll: true });
  }

  press(event) {
    if (!this.at || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest(".plan-card, button, input, select")) return;
    const arrow = ARROWS[event.key];
    const handled = arrow ? this.arrow(arrow, event.shiftKey) : this.key(event.key);
    if (!handled) return;
    event.preventDefault();
    event.stopPropagation();
  }

  arrow(direction, isLong) {
    const { table, seat } = this.at;
    if (this.arrange.isOn && seat === null) return this.arrange.nudge(table, direction, isLong);
    if (seat === null || isLong) this.toTable(direction);
    else this.toSeat(direction);
    return true;
  }

  through(by) {
    const tables = [...this.room.tables.keys()];
    this.go(tables[(tables.indexOf(this.at.table) + by + tables.length) % tables.length]);
  }

  /** Goes to the table whose number is typed; a nought alone is no number. */
  type(digit) {
    const now = performance.now();
    this.typed = now - (this.typedAt ?? -Infinity) < NUMBER_WITHIN_MS ? this.typed + digit : digit;
    this.typedAt = now;
    if (this.typed.startsWith("0")) return false;
    const numbered = (number) => [...this.store.tables.values()].find(({ plate, name }) => String(plate) === number || name === this.store.say("tableNumber", { number }));
    const found = numbered(this.typed) ?? numbered(digit);
    if (found) this.go(found.id);
    return true;
  }

  toTable([dx, dy]) {
    const from = this.room.tables.get(this.at.table);
    const next = nearest([...this.room.tables.values()], from, dx, dy);
    if (next) this.go(next.id);
  }

  /** Left and right go round the table; up and down go to the seat nearest in that direction. */
  toSeat([dx, dy]) {
    const table = this.room.tables.get(this.at.table);
    const count = table.seats.length;
    if (dx) return this.go(table.id, (this.at.seat + dx + count) % count);
    const all = [...this.room.tables.values()].flatMap(({ id, centres }) => centres.map((centre, seat) => ({ ...centre, id, seat })));
    const next = nearest(all, table.centres[this.at.seat], dx, dy);
    if (next) this.go(next.id, next.seat);
  }

  key(key) {
    const { table, seat } = this.at;
    const guest = seat === null ? null : this.store.guestAt(table, seat);
    if (key === "PageDown" || key === "PageUp") return this.done(this.through(key === "PageDown" ? 1 : -1));
    if (/^\d$/.test(key) && this.type(key)) return true;
    if ((key === "i" || key === "I") && seat === null) return this.done(this.card.chooseTable(table));
    if (key === "Enter" || key === " ") return this.enter(table, seat, guest);
    if (key === "Escape") return this.escape(table, seat);
    if (!this.store.mayChange) return false;
    if ((key === "l" || key === "L") && guest) return this.done(this.actions.toggleLock(guest));
    if ((key === "Delete" || key === "Backspace") && guest) return this.done(this.actions.unseat(guest));
    if ((key === "r" || key === "R") && this.arrange.isOn) return this.arrange.turn(table);
    return false;
  }

  enter(table, seat, guest) {
    if (this.carry.guest) return this.carry.drop({ table, seat });
    if (seat === null) this.go(table, 0);
    else if (guest && this.store.mayChange) {
      if (this.store.seatOf(guest).locked) this.card.choose(guest);
      else this.carry.pick(guest);
    } else if (guest) this.card.choose(guest);
    return true;
  }

  escape(table, seat) {
    if (this.carry.guest) this.carry.cancel();
    else if (this.card.isOpen) this.card.choose(null);
    else if (seat !== null) this.go(table);
    else return false;
    return true;
  }

  done() {
    return true;
  }

  /** Undo and zoom work wherever the focus is, but not while typing or in a dialog. */
  pressAnywhere(event) {
    if (event.target.closest?.("input, textarea, select, dialog")) return;
    const key = event.key.toLowerCase();
    const isCommand = (event.ctrlKey || event.metaKey) && !event.altKey;
    if (isCommand && this.store.mayChange && (key === "z" || key === "y")) {
      event.preventDefault();
      this.actions.step(key === "y" || event.shiftKey ? "redo" : "undo");
    } else if (event.key === "Escape" && this.carry.guest) this.carry.cancel();
    else if (event.key === "Escape" && this.card.isOpen) this.card.choose(null);
    else if (!isCommand && (key === "+" || key === "=")) this.camera.zoom(1.4);
    else if (!isCommand && key === "-") this.camera.zoom(1 / 1.4);
    else if (!isCommand && key === "0") this.camera.fit();
  }
}

/** The nearest thing in a direction; what lies aside counts double. */
function nearest(things, from, dx, dy) {
  let [best, least] = [null, Infinity];
  for (const thing of things) {
    const ahead = (thing.x - from.x) * dx + (thing.y - from.y) * dy;
    const aside = Math.abs((thing.x - from.x) * dy) + Math.abs((thing.y - from.y) * dx);
    if (ahead <= 1) continue;
    const cost = ahead + 2 * aside;
    if (cost < least) [best, least] = [thing, cost];
  }
  return best;
}
