// Ask the robot without leaving the plan: how far it is, what it proposes, accept or leave; and how
// the plan on the screen stands to the rules.
import { toast } from "../../seatrobot/toasts.js";

const LOOK_EVERY_MS = 350;
const STANDING_AFTER_MS = 500;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Robot {
  constructor({ store, api, actions, side, light, card }) {
    Object.assign(this, { store, api, actions, side, light, card });
    this.form = document.getElementById("robot");
    this.overlay = document.getElementById("thinking");
    this.dialog = document.getElementById("robot-ask");
    this.panel = document.getElementById("side-result");
    this.form?.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.store.seats.size) this.ask();
      else this.run({});
    });
    this.dialog?.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      const chosen = new FormData(event.target);
      this.dialog.close();
      this.run({ mode: chosen.get("mode"), most_moves: Number(chosen.get("most_moves")) || 0 });
    });
    this.panel.addEventListener("submit", (event) => this.answer(event));
    this.panel.addEventListener("click", (event) => this.point(event.target));
    store.addEventListener("change", () => this.later());
    document.getElementById("tab-result").addEventListener("click", () => this.later(0));
  }

  /** What is asked by default: to seat those who have no seat, while there are any. */
  ask() {
    const waiting = this.store.unseated().length;
    this.dialog.querySelector("[data-unseated]").textContent = waiting;
    const rest = this.dialog.querySelector("[value=rest]");
    rest.disabled = !waiting;
    (waiting ? rest : this.dialog.querySelector("[value=improve]")).checked = true;
    this.dialog.showModal();
  }

  async run(body) {
    const button = this.form.querySelector("button");
    button.disabled = true;
    this.progress(0, "starting");
    try {
      const { url } = await this.api.post("robot", body);
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
    this.panel.replaceChildren(await this.api.piece(url));
    this.side.open("result");
    toast(work.message, work.state === "done" ? "success" : "error");
  }

  /** Accepts or leaves what is proposed. */
  async answer(event) {
    const form = event.target.closest("[data-proposal]");
    if (!form) return;
    event.preventDefault();
    for (const button of this.panel.querySelectorAll("[data-proposal] button")) button.disabled = true;
    try {
      const { message } = await this.api.postTo(form.action);
      await this.actions.refresh();
      this.actions.clearErrors();
      toast(message);
    } catch (problem) {
      this.actions.refused(problem);
    }
    this.show();
  }

  /** Shows on the plan whom a line of the panel is about. */
  point(element) {
    const guest = element.closest("[data-guest]")?.dataset.guest;
    const rule = this.store.rules.find(({ id }) => id === element.closest("[data-rule]")?.dataset.rule);
    if (guest) this.light.toggle(`guest:${guest}`, [guest]);
    else if (rule?.guests.length) this.light.toggle(`rule:${rule.id}`, rule.guests);
  }

  isOpen() {
    return !this.panel.hidden && !this.panel.querySelector("[data-result=ready], [data-result=contradiction]");
  }

  later(after = STANDING_AFTER_MS) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.isOpen() && this.show(), after);
  }

  /** How the plan stands now. */
  async show() {
    try {
      this.panel.replaceChildren(await this.api.piece(this.api.urls.standing));
    } catch {
      // The next change asks again.
    }
  }

  progress(done, phrase) {
    this.overlay.hidden = false;
    this.overlay.querySelector("p").textContent = this.store.say(phrase);
    const bar = this.overlay.querySelector("progress");
    if (done) bar.value = done;
    else bar.removeAttribute("value");
  }
}
