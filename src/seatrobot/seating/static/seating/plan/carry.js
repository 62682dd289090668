// Somebody in the air: picked up with the pointer, with a key or with a tap, until put down.

export class Carry {
  constructor({ store, room, camera, stage, actions, card }) {
    Object.assign(this, { store, room, camera, stage, actions, card });
    this.guest = null;
    this.note = document.getElementById("carry");
    stage.addEventListener("carry", (event) => this.pick(event.detail.guest));
  }

  pick(guest) {
    if (!this.store.mayChange || !guest) return;
    this.leave();
    this.guest = guest;
    this.room.element(guest)?.classList.add("is-carried");
    this.stage.classList.add("is-carrying");
    this.card.chosen = null;
    this.card.show(null);
    const name = this.actions.name(guest);
    const cancel = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm", textContent: this.store.say("cancel") });
    cancel.addEventListener("click", () => this.cancel());
    this.note.replaceChildren(`${this.store.say("carrying", { name })} `, cancel);
    this.note.hidden = false;
    this.actions.say("picked", { name });
  }

  /** Marks where the guest would go. */
  aim(target) {
    for (const old of this.room.svg.querySelectorAll(".is-target")) old.classList.remove("is-target");
    if (!target) return;
    const table = this.room.tables.get(target.table);
    (target.seat === null ? table.element : table.seats[target.seat]).classList.add("is-target");
  }

  /** Puts the guest down there; returns whether somebody was carried. */
  drop(target) {
    const guest = this.guest;
    this.leave();
    if (!guest) return false;
    if (target) this.actions.place(guest, target.table, target.seat);
    return true;
  }

  /** Takes the guest from the tables altogether. */
  dropOutside() {
    const guest = this.guest;
    this.leave();
    if (guest) this.actions.unseat(guest);
  }

  cancel() {
    if (this.guest) this.actions.say("cancelled", { name: this.actions.name(this.guest) });
    this.leave();
  }

  /** The focus goes elsewhere: nobody stays in the air for the next key to drop. */
  putBack() {
    if (this.guest) this.actions.say("leftPlan", { name: this.actions.name(this.guest) });
    this.leave();
  }

  leave() {
    this.guest = null;
    this.note.hidden = true;
    this.stage.classList.remove("is-carrying");
    this.aim(null);
    for (const old of this.room.svg.querySelectorAll(".is-carried")) old.classList.remove("is-carried");
  }
}
