// What a person does to the plan: shown at once, asked of the server, taken back when refused.
import { announce, toast } from "../../seatrobot/toasts.js";

export class Actions {
  constructor(store, api, live) {
    this.store = store;
    this.api = api;
    this.live = live;
  }

  say(phrase, facts) {
    this.live.textContent = this.store.say(phrase, facts);
  }

  name(guest) {
    return this.store.people.get(guest)?.name ?? "";
  }

  /** Seats a guest; `seat` null lets the server choose at the table. */
  async place(guest, table, seat, party = "ask") {
    const from = this.store.spotOf(guest);
    if (from && from.table === table && (seat === null || from.seat === seat)) return this.say("cancelled", { name: this.name(guest) });
    const expects = seat === null ? undefined : this.store.guestAt(table, seat);
    const changes = seat === null || party === "bring" ? [] : [{ guest, table, seat }];
    if (changes.length && expects && expects !== guest) changes.push({ guest: expects, table: null, ...from, locked: false });
    const back = this.store.apply(changes);
    try {
      this.settle(await this.api.post("place", { guest, table, seat, expects, party }));
      const facts = { name: this.name(guest), table: this.store.tables.get(table).name, other: this.name(expects) };
      this.say(expects && from ? "swapped" : "dropped", facts);
    } catch (problem) {
      this.store.apply(back);
      if (problem.type !== "party-split") return this.refused(problem);
      const answer = await this.askParty(guest, problem.message);
      if (answer) return this.place(guest, table, seat, answer);
      this.say("cancelled", { name: this.name(guest) });
    }
  }

  askParty(guest, sentence) {
    const dialog = document.getElementById("party-question");
    const person = this.store.people.get(guest);
    const size = this.store.parties.get(person.party)?.length ?? 1;
    dialog.querySelector("h2").textContent = sentence;
    const [bring, split] = [dialog.querySelector("[data-bring]"), dialog.querySelector("[data-split]")];
    bring.textContent = this.store.say("bringAll", { count: size });
    bring.hidden = size < 2;
    split.textContent = this.store.say("splitOnly", { name: person.name });
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true });
    });
  }

  async unseat(guest) {
    if (!this.store.spotOf(guest)) return;
    await this.attempt([{ guest, table: null }], "unseat", { guests: [guest] });
    if (!this.store.spotOf(guest)) this.say("unseated", { name: this.name(guest) });
  }

  async toggleLock(guest) {
    const spot = this.store.spotOf(guest);
    if (!spot) return;
    const locked = !spot.locked;
    await this.attempt([{ guest, ...spot, locked }], "lock", { guests: [guest], locked });
    const facts = { name: this.name(guest), table: this.store.tables.get(spot.table).name };
    if (this.store.spotOf(guest)?.locked === locked) this.say(locked ? "lockedNow" : "unlockedNow", facts);
  }

  clear() {
    return this.attempt([], "clear");
  }

  async step(which) {
    const answer = await this.attempt([], which);
    if (answer) this.say(which === "undo" ? "undone" : "redone", { step: answer.did });
  }

  arrange(tables) {
    return this.attempt([], "arrange", { tables });
  }

  async attempt(changes, name, body) {
    const back = this.store.apply(changes);
    try {
      const answer = await this.api.post(name, body);
      this.settle(answer);
      return answer;
    } catch (problem) {
      this.store.apply(back);
      this.refused(problem);
      return null;
    }
  }

  settle(answer) {
    Object.assign(this.store, { version: answer.version, undo: answer.undo, redo: answer.redo });
    this.store.apply(answer.changed);
  }

  refused(problem) {
    toast(problem.message, "error");
    announce(problem.message);
    if (problem.status) this.refresh();
  }

  /** Fetches what is true now; says so when somebody else changed it. */
  async refresh() {
    const data = await this.api.state(this.store.version);
    if (data) this.store.replace(data);
    return data;
  }
}
