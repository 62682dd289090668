// Mouse, pen and fingers: drag people (and tables, in that mode), pan, pinch, choose.

const STARTS_AFTER = 5;
const HOLD_MS = 280;

export class Pointer {
  constructor({ store, room, camera, stage, carry, card, arrange, tray }) {
    Object.assign(this, { store, room, camera, stage, carry, card, arrange, tray });
    this.down = new Map();
    this.ghost = Object.assign(document.createElement("div"), { className: "ghost", hidden: true });
    document.body.append(this.ghost);
    stage.addEventListener("pointerdown", (event) => this.press(event));
    tray.addEventListener("pointerdown", (event) => this.pressTray(event));
    addEventListener("pointermove", (event) => this.move(event));
    addEventListener("pointerup", (event) => this.release(event));
    addEventListener("pointercancel", (event) => this.abort(event));
    stage.addEventListener("pointerover", (event) => this.hover(event));
    stage.addEventListener("pointerleave", () => !this.carry.guest && this.card.peek(null));
    const still = (event) => this.grip?.kind === "person" && event.cancelable && event.preventDefault();
    for (const place of [stage, tray]) place.addEventListener("touchmove", still, { passive: false });
  }

  press(event) {
    if (event.button !== 0 || event.target.closest("button, a, .plan-card, .plan-legend")) return;
    this.down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.down.size > 1) return this.startPinch();
    const target = this.room.meaning(event.target);
    const guest = target && target.seat !== null ? this.store.guestAt(target.table, target.seat) : null;
    this.begin(event, { target, guest });
  }

  pressTray(event) {
    const guest = event.target.closest("[data-guest]")?.dataset.guest;
    if (event.button !== 0 || !guest || !this.store.mayChange) return;
    this.down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.begin(event, { target: null, guest, isTray: true });
  }

  begin(event, { target, guest, isTray = false }) {
    const isFinger = event.pointerType === "touch";
    this.grip = { kind: "press", id: event.pointerId, target, guest, isTray, isFinger, x: event.clientX, y: event.clientY };
    if (isFinger && guest && this.canLift(guest)) this.hold = setTimeout(() => this.lift(event), HOLD_MS);
  }

  canLift(guest) {
    return this.store.mayChange && !this.arrange.isOn && !this.store.seatOf(guest)?.locked;
  }

  move(event) {
    const before = this.down.get(event.pointerId);
    if (!before) {
      if (this.carry.guest && this.stage.contains(event.target)) this.carry.aim(this.room.hit(this.camera.toRoom(event)));
      return;
    }
    const by = { x: event.clientX - before.x, y: event.clientY - before.y };
    if (this.grip?.kind === "pinch") this.pinch(event, before);
    this.down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.grip?.id !== event.pointerId) return;
    if (this.grip.kind === "press") this.decide(event);
    if (this.grip?.kind === "pan") this.camera.pan(by.x, by.y);
    if (this.grip?.kind === "person") this.drag(event);
    if (this.grip?.kind === "table") this.arrange.drag(this.camera.toRoom(event));
  }

  /** After a few pixels it is clear what the movement means. */
  decide(event) {
    const grip = this.grip;
    if (Math.hypot(event.clientX - grip.x, event.clientY - grip.y) < STARTS_AFTER) return;
    clearTimeout(this.hold);
    if (grip.isTray && grip.isFinger) return this.forget();
    if (this.arrange.isOn && grip.target) {
      grip.kind = "table";
      this.arrange.grab(grip.target.table, this.camera.toRoom({ clientX: grip.x, clientY: grip.y }));
    } else if (grip.guest && !grip.isFinger && this.canLift(grip.guest)) this.lift(event);
    else if (!grip.isTray) {
      grip.kind = "pan";
      this.stage.classList.add("is-panning");
    }
  }

  lift(event) {
    this.grip.kind = "person";
    this.carry.pick(this.grip.guest);
    const person = this.store.people.get(this.grip.guest);
    this.ghost.textContent = person.name;
    this.ghost.hidden = false;
    navigator.vibrate?.(12);
    document.body.classList.add("is-dragging");
    this.drag(event);
  }

  drag(event) {
    this.ghost.style.translate = `${event.clientX}px ${event.clientY}px`;
    this.carry.aim(this.isOverStage(event) ? this.room.hit(this.camera.toRoom(event)) : null);
    this.tray.classList.toggle("is-target", this.isOverTray(event) && !this.grip.isTray);
  }

  isOverStage({ clientX: x, clientY: y }) {
    const box = this.stage.getBoundingClientRect();
    return x > box.left && x < box.right && y > box.top && y < box.bottom;
  }

  isOverTray({ clientX: x, clientY: y }) {
    return Boolean(document.elementFromPoint(x, y)?.closest(".plan-side"));
  }

  release(event) {
    if (!this.down.delete(event.pointerId)) return;
    clearTimeout(this.hold);
    const grip = this.grip;
    if (grip?.kind === "pinch" && this.down.size) return;
    if (grip?.kind === "person") {
      if (this.isOverTray(event) && !grip.isTray) this.carry.dropOutside();
      else this.carry.drop(this.isOverStage(event) ? this.room.hit(this.camera.toRoom(event)) : null);
    } else if (grip?.kind === "table") this.arrange.drop();
    else if (grip?.kind === "press") this.tap(grip, event);
    this.forget();
  }

  /** A press without movement: put down who is carried, else choose who is there. */
  tap(grip, event) {
    if (grip.isTray) return;
    if (this.carry.guest) return this.carry.drop(this.room.hit(this.camera.toRoom(event)));
    if (this.arrange.isOn && grip.target) return this.arrange.choose(grip.target.table);
    if (!grip.guest && grip.target?.seat === null && this.card.table?.id !== grip.target.table) return this.card.chooseTable(grip.target.table);
    this.card.choose(grip.guest === this.card.chosen ? null : grip.guest);
  }

  abort(event) {
    this.down.delete(event.pointerId);
    clearTimeout(this.hold);
    if (this.grip?.kind === "person") this.carry.cancel();
    this.forget();
  }

  forget() {
    this.grip = null;
    this.ghost.hidden = true;
    this.tray.classList.remove("is-target");
    this.stage.classList.remove("is-panning");
    document.body.classList.remove("is-dragging");
  }

  startPinch() {
    clearTimeout(this.hold);
    if (this.grip?.kind === "person") this.carry.cancel();
    this.forget();
    this.grip = { kind: "pinch" };
  }

  pinch(event, before) {
    const other = [...this.down].find(([id]) => id !== event.pointerId)?.[1];
    if (!other) return;
    const now = { x: event.clientX, y: event.clientY };
    const distance = (a) => Math.hypot(a.x - other.x, a.y - other.y) || 1;
    const middle = this.camera.local({ clientX: (now.x + other.x) / 2, clientY: (now.y + other.y) / 2 });
    this.camera.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
    this.camera.pinch(distance(now) / distance(before), middle);
  }

  hover(event) {
    if (this.card.table?.isChosen) return;
    if (event.pointerType === "touch" || this.down.size || this.carry.guest) return;
    const target = this.room.meaning(event.target);
    this.card.peek(target && target.seat !== null ? this.store.guestAt(target.table, target.seat) : null);
  }
}
