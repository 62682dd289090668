// Seat everyone without leaving the plan: ask, show how far it is, take over what came of it.
import { toast } from "../../seatrobot/toasts.js";

const LOOK_EVERY_MS = 350;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Robot {
  constructor({ store, api, actions, side }) {
    Object.assign(this, { store, api, actions, side });
    this.form = document.getElementById("robot");
    this.overlay = document.getElementById("thinking");
    this.form?.addEventListener("submit", (event) => {
      event.preventDefault();
      this.run();
    });
  }

  async run() {
    const button = this.form.querySelector("button");
    button.disabled = true;
    this.progress(0, "starting");
    try {
      const { url } = await this.api.post("robot");
      await this.watch(url);
    } catch (problem) {
      this.actions.refused(problem);
    } finally {
      button.disabled = false;
      this.overlay.hidden = true;
    }
  }

  async watch(url) {
    let work;
    do {
      await wait(LOOK_EVERY_MS);
      work = await this.api.json(url);
      this.progress(work.done, work.done ? "thinking" : "starting");
    } while (work.state === "running");
    await this.actions.refresh();
    const panel = await this.api.piece(url);
    document.getElementById("side-result").replaceChildren(panel);
    this.side.open("result");
    toast(work.message, work.state === "done" ? "success" : "error");
  }

  progress(done, phrase) {
    this.overlay.hidden = false;
    this.overlay.querySelector("p").textContent = this.store.say(phrase);
    const bar = this.overlay.querySelector("progress");
    if (done) bar.value = done;
    else bar.removeAttribute("value");
  }
}
