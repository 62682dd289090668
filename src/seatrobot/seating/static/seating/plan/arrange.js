// Moving tables on the floor, in a mode of its own; they catch on a grid of ten centimetres.

const GRID = 10;
const STEP = 10;
const LONG_STEP = 100;
const TURN = 15;
const SAVE_AFTER_MS = 600;

const snap = (value) => Math.round(value / GRID) * GRID;

export class Arrange {
  constructor({ room, stage, actions }) {
    Object.assign(this, { room, stage, actions });
    this.isOn = false;
    this.held = null;
    this.unsaved = new Set();
    this.button = document.getElementById("arrange");
    this.button?.addEventListener("click", () => this.toggle());
  }

  toggle() {
    this.isOn = !this.isOn;
    this.button.setAttribute("aria-pressed", String(this.isOn));
    this.stage.classList.toggle("is-arranging", this.isOn);
  }

  grab(id, at) {
    const table = this.room.tables.get(id);
    this.held = { table, dx: table.x - at.x, dy: table.y - at.y };
    table.element.classList.add("is-held");
    this.room.world.append(table.element);
  }

  drag(at) {
    const { table, dx, dy } = this.held;
    this.room.move(table, snap(at.x + dx), snap(at.y + dy));
  }

  drop() {
    const { table } = this.held;
    table.element.classList.remove("is-held");
    this.held = null;
    this.save(table, 0);
  }

  choose(id) {
    this.room.tables.get(id).element.focus({ preventScroll: true });
  }

  nudge(id, [dx, dy], isLong) {
    const table = this.room.tables.get(id);
    const step = isLong ? LONG_STEP : STEP;
    this.room.move(table, table.x + dx * step, table.y + dy * step);
    this.save(table);
    return true;
  }

  turn(id) {
    const table = this.room.tables.get(id);
    this.room.move(table, table.x, table.y, (table.turn + TURN) % 360);
    this.save(table);
    return true;
  }

  save(table, after = SAVE_AFTER_MS) {
    this.unsaved.add(table);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), after);
  }

  async flush() {
    const tables = [...this.unsaved];
    this.unsaved.clear();
    const answer = await this.actions.arrange(tables.map(({ id, x, y, turn }) => ({ id, x, y, turn })));
    if (!answer) return this.room.draw();
    for (const { id } of tables) this.actions.say("moved", { table: this.actions.store.tables.get(id).name });
  }
}
