// Which part of the room is shown: wheel, pinch, buttons, keys, and "the whole room".

const NEAREST = 1.8;
const FAR_SEAT = 6.5;
const CLOSE_SEAT = 11;
const NEAR_SEAT = 24;
const SEAT_RADIUS = 29;
const EASE_MS = 220;
const isCalm = matchMedia("(prefers-reduced-motion: reduce)");

/** How much is written, by the radius of a seat in pixels. */
function detail(radius) {
  if (radius < FAR_SEAT) return "far";
  if (radius < CLOSE_SEAT) return "mid";
  return radius < NEAR_SEAT ? "close" : "near";
}

export class Camera {
  constructor(stage, room) {
    this.stage = stage;
    this.room = room;
    this.k = 1;
    this.x = 0;
    this.y = 0;
    this.resized(true);
    new ResizeObserver(() => this.resized()).observe(stage);
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.bind("zoom-in", () => this.zoom(1.4));
    this.bind("zoom-out", () => this.zoom(1 / 1.4));
    this.bind("zoom-fit", () => this.fit());
  }

  bind(id, act) {
    document.getElementById(id).addEventListener("click", act);
  }

  resized(first = false) {
    const box = this.stage.getBoundingClientRect();
    const before = this.box;
    this.box = box;
    if (first || !before || this.isFitted) this.show(this.fitted());
    else this.show({ k: this.k, x: this.x + (box.width - before.width) / 2, y: this.y + (box.height - before.height) / 2 });
  }

  fitted(area = this.room.bounds(), most = 1) {
    const margin = Math.min(24, this.box.width / 20);
    const room = { width: this.box.width - 2 * margin, height: this.box.height - 2 * margin };
    const k = Math.min(room.width / area.width, room.height / area.height, most);
    return {
      k,
      x: (this.box.width - area.width * k) / 2 - area.left * k,
      y: (this.box.height - area.height * k) / 2 - area.top * k,
    };
  }

  fit(area) {
    this.glide(this.fitted(area));
    this.isFitted = !area;
  }

  show({ k, x, y }) {
    Object.assign(this, { k, x, y });
    this.room.world.setAttribute("transform", `translate(${x.toFixed(2)} ${y.toFixed(2)}) scale(${k.toFixed(5)})`);
    const scale = detail(SEAT_RADIUS * k);
    this.room.svg.dataset.scale = scale;
    if (scale !== "far") this.room.write(-x / k, -y / k, (this.box.width - x) / k, (this.box.height - y) / k);
    this.stage.dispatchEvent(new Event("camera"));
  }

  /** Moves there smoothly, unless the person prefers stillness. */
  glide(to) {
    cancelAnimationFrame(this.frame);
    if (isCalm.matches) return this.show(to);
    const from = { k: this.k, x: this.x, y: this.y };
    const start = performance.now();
    const step = (now) => {
      const part = Math.min(1, Math.max(0, (now - start) / EASE_MS));
      const eased = 1 - (1 - part) ** 3;
      const between = (name) => from[name] + (to[name] - from[name]) * eased;
      this.show({ k: between("k"), x: between("x"), y: between("y") });
      if (part < 1) this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }

  limits(k) {
    return Math.min(NEAREST, Math.max(this.fitted().k * 0.6, k));
  }

  /** Zooms by a factor about a point of the stage (its middle without one). */
  zoomed(factor, at = { x: this.box.width / 2, y: this.box.height / 2 }) {
    const k = this.limits(this.k * factor);
    const by = k / this.k;
    return { k, x: at.x - (at.x - this.x) * by, y: at.y - (at.y - this.y) * by };
  }

  zoom(factor) {
    this.isFitted = false;
    this.glide(this.zoomed(factor));
  }

  pan(dx, dy) {
    cancelAnimationFrame(this.frame);
    this.isFitted = false;
    this.show({ k: this.k, x: this.x + dx, y: this.y + dy });
  }

  pinch(factor, at) {
    cancelAnimationFrame(this.frame);
    this.isFitted = false;
    this.show(this.zoomed(factor, at));
  }

  wheel(event) {
    event.preventDefault();
    const at = this.local(event);
    const isPad = !event.ctrlKey && event.deltaMode === 0 && (event.deltaX || Math.abs(event.deltaY) < 40);
    if (isPad) this.pan(-event.deltaX, -event.deltaY);
    else this.pinch(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0018)), at);
  }

  local({ clientX, clientY }) {
    const box = this.stage.getBoundingClientRect();
    return { x: clientX - box.left, y: clientY - box.top };
  }

  toRoom(event) {
    const { x, y } = this.local(event);
    return { x: (x - this.x) / this.k, y: (y - this.y) / this.k };
  }

  toStage({ x, y }) {
    return { x: x * this.k + this.x, y: y * this.k + this.y };
  }

  /** Brings a point of the room into view when it is not. */
  reveal(point, nearEnough = 0) {
    const at = this.toStage(point);
    const edge = 48;
    const inside = at.x > edge && at.y > edge && at.x < this.box.width - edge && at.y < this.box.height - edge;
    const k = Math.max(this.k, nearEnough);
    if (inside && k === this.k) return;
    this.isFitted = false;
    this.glide({ k, x: this.box.width / 2 - point.x * k, y: this.box.height / 2 - point.y * k });
  }
}
