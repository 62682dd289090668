// What others change appears here within seconds, while the page is looked at.

const LOOK_EVERY_MS = 4000;

export class Sync {
  constructor({ store, api, pointer }) {
    Object.assign(this, { store, api, pointer });
    setInterval(() => this.look(), LOOK_EVERY_MS);
    document.addEventListener("visibilitychange", () => this.look());
  }

  async look() {
    if (document.hidden || this.pointer.grip) return;
    try {
      const asked = this.store.version;
      const data = await this.api.state(asked);
      if (!data || this.store.version !== asked) return;
      this.store.replace(data);
    } catch {
      // The next look may succeed; a change that fails says so itself.
    }
  }
}
