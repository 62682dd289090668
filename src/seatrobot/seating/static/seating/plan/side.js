// The tabs beside the plan (WAI-ARIA pattern "tabs").

export class Side {
  constructor() {
    this.tabs = [...document.querySelectorAll(".side-tabs [role=tab]")];
    for (const tab of this.tabs) {
      tab.addEventListener("click", () => this.show(tab));
      tab.addEventListener("keydown", (event) => this.press(event, tab));
    }
  }

  open(name) {
    this.show(document.getElementById(`tab-${name}`));
  }

  press(event, tab) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const next = this.tabs[(this.tabs.indexOf(tab) + by + this.tabs.length) % this.tabs.length];
    this.show(next);
    next.focus();
    event.preventDefault();
  }

  show(chosen) {
    for (const tab of this.tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !isChosen;
    }
  }
}
