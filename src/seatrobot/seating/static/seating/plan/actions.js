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
  async place(guest, table, seat, party = "ask", despite = false) {
    const from = this.store.seatOf(guest);
    if (from && from.table === table && (seat === null || from.seat === seat)) return this.say("cancelled", { name: this.name(guest) });
    const expects = seat === null ? undefined : this.store.guestAt(table, seat);
    const changes = seat === null || party === "bring" ? [] : [{ guest, table, seat }];
    if (changes.length && expects && expects !== guest) changes.push({ guest: expects, table: null, ...from, locked: false });
    const back = this.store.apply(changes);
    try {
      this.settle(await this.api.post("place", { guest, table, seat, expects, party, despite }));
      this.clearErrors();
      const facts = { name: this.name(guest), table: this.store.tables.get(table).name, other: this.name(expects) };
      this.say(expects && from ? "swapped" : "dropped", facts);
    } catch (problem) {
      this.store.apply(back);
      const isParty = problem.type === "party-split";
      if (!isParty && problem.type !== "must-broken") return this.refused(problem);
      const answer = isParty ? await this.askParty(guest, problem) : await this.askMust(problem.message);
      if (answer) return this.place(guest, table, seat, isParty ? answer : party, !isParty);
      this.say("cancelled", { name: this.name(guest) });
    }
  }

  askMust(sentence) {
    const dialog = document.getElementById("must-question");
    dialog.querySelector("h2").textContent = sentence;
    return this.answerOf(dialog);
  }

  /** Asks what becomes of the party; it is not offered to move where it does not fit. */
  askParty(guest, { message, facts }) {
    const dialog = document.getElementById("party-question");
    const person = this.store.people.get(guest);
    const size = this.store.parties.get(person.party)?.length ?? 1;
    dialog.querySelector("h2").textContent = message;
    const [bring, split] = [dialog.querySelector("[data-bring]"), dialog.querySelector("[data-split]")];
    bring.textContent = this.store.say("bringAll", { count: size });
    const other = facts.swaps && this.store.people.get(facts.swaps);
    bring.hidden = size < 2 || !facts.fits;
    split.classList.toggle("btn-primary", bring.hidden);
    split.textContent = other
      ? this.store.say("swapOnly", { name: person.name, other: other.name })
      : this.store.say("splitOnly", { name: person.name });
    return this.answerOf(dialog);
  }

  answerOf(dialog) {
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true });
    });
  }

  async unseat(guest) {
    if (!this.store.seatOf(guest)) return;
    await this.attempt([{ guest, table: null }], "unseat", { guests: [guest] });
    if (!this.store.seatOf(guest)) this.say("unseated", { name: this.name(guest) });
  }

  async toggleLock(guest) {
    const seat = this.store.seatOf(guest);
    if (!seat) return;
    const locked = !seat.locked;
    await this.attempt([{ guest, ...seat, locked }], "lock", { guests: [guest], locked });
    const facts = { name: this.name(guest), table: this.store.tables.get(seat.table).name };
    if (this.store.seatOf(guest)?.locked === locked) this.say(locked ? "lockedNow" : "unlockedNow", facts);
  }

  /** Locks or unlocks everybody at a table. */
  async lockTable(table, locked) {
    const guests = this.store.sitting(table);
    if (!guests.length) return null;
    return this.attempt(guests.map((guest) => ({ guest, ...this.store.seatOf(guest), locked })), "lock", { guests, locked });
  }

  clear() {
    return this.attempt([], "clear");
  }

  async step(which) {
    const answer = await this.attempt([], which);
    if (answer?.did) this.say(which === "undo" ? "undone" : "redone", { step: answer.did });
    if (answer?.skipped.length) toast(this.store.say("skipped", { reasons: answer.skipped.join(" ") }), "warning");
  }

  async arrange(tables) {
    const answer = await this.attempt([], "arrange", { tables: tables.map(({ id, x, y, turn }) => ({ table: id, x: x / 100, y: y / 100, rotation: turn })) });
    if (answer) for (const { id, x, y, turn } of tables) Object.assign(this.store.tables.get(id), { x, y, turn });
    return answer;
  }

  async attempt(changes, name, body) {
    const back = this.store.apply(changes);
    try {
      const answer = await this.api.post(name, body);
      this.clearErrors();
      this.settle(answer);
      return answer;
    } catch (problem) {
      this.store.apply(back);
      this.refused(problem);
      return null;
    }
  }

  /** Takes over what was done; without a version others changed the plan too since it was read. */
  settle(answer) {
    Object.assign(this.store, { undo: answer.undo, redo: answer.redo });
    this.store.apply(answer.changed);
    if (answer.version) this.store.version = answer.version;
    else this.refresh().catch(() => {});
  }

  /** An error is over once something worked. */
  clearErrors() {
    for (const old of document.querySelectorAll("#toasts .toast.is-error")) old.remove();
  }

  refused(problem) {
    this.clearErrors();
    toast(problem.message, "error");
    announce(problem.message);
    if (problem.status) this.refresh();
  }

  /** Fetches what is true now. */
  async refresh() {
    const data = await this.api.state(this.store.version);
    if (data) this.store.replace(data);
    return data;
  }
}
