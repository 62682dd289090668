// What others change appears here within seconds, while the page is looked at.

const LOOK_EVERY_MS = 4000;
const drawn = (data) => JSON.stringify(data.tables.map(({ id, name, seats, at }) => [id, name, seats, at]));

export class Sync {
  constructor({ store, api, actions, pointer, redraw }, data) {
    Object.assign(this, { store, api, actions, pointer, redraw });
    this.drawn = drawn(data);
    setInterval(() => this.look(), LOOK_EVERY_MS);
    document.addEventListener("visibilitychange", () => this.look());
  }

  async look() {
    if (document.hidden || this.pointer.grip) return;
    try {
      const asked = this.store.version;
      const data = await this.api.state(asked);
      if (!data || this.store.version !== asked) return;
      if (drawn(data) !== this.drawn) await this.redraw();
      this.drawn = drawn(data);
      this.store.replace(data);
    } catch {
      // The next look may succeed; a change that fails says so itself.
    }
  }
}
