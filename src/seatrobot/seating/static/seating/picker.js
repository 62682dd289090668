// Turns a long multiple select into "type a name": chips of what is chosen, matches as you type.
// The select stays the field of the form; without this script it is the control itself.

const MOST = 8;
const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

class Picker {
  constructor(root) {
    this.root = root;
    this.select = root.querySelector("select[multiple]");
    this.options = [...this.select.options].map((option) => ({ option, text: fold(option.text) }));
    this.active = -1;
    this.build();
    this.draw();
  }

  build() {
    const id = `${this.select.id}-picker`;
    this.chips = Object.assign(document.createElement("ul"), { className: "picker-chips" });
    this.input = Object.assign(document.createElement("input"), {
      type: "text", id, className: "form-control", autocomplete: "off", spellcheck: false,
      placeholder: this.root.dataset.placeholder,
    });
    this.list = Object.assign(document.createElement("ul"), { id: `${id}-list`, className: "picker-list", hidden: true });
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", this.root.dataset.placeholder);
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": this.list.id, "aria-expanded": "false" })) {
      this.input.setAttribute(name, value);
    }
    const label = this.root.querySelector("label");
    if (label) label.htmlFor = id;
    this.select.hidden = true;
    this.select.after(this.chips, this.input, this.list);
    this.input.addEventListener("input", () => this.find());
    this.input.addEventListener("focus", () => this.find());
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.input.addEventListener("keydown", (event) => this.press(event));
    this.list.addEventListener("pointerdown", (event) => this.click(event));
    this.chips.addEventListener("click", (event) => this.remove(event.target.closest("button")));
  }

  find() {
    const words = fold(this.input.value).split(/[\s,]+/).filter(Boolean);
    const free = this.options.filter(({ option }) => !option.selected);
    this.matches = words.length || this.options.length <= MOST * 8
      ? free.filter(({ text }) => words.every((word) => text.includes(word))).slice(0, words.length ? MOST : MOST * 8)
      : [];
    this.active = words.length && this.matches.length ? 0 : -1;
    const isOpen = this.matches.length > 0 || words.length > 0;
    this.list.hidden = !isOpen;
    this.input.setAttribute("aria-expanded", String(isOpen));
    this.list.replaceChildren(...this.matches.map(({ option }, index) => this.item(option, index)));
    if (isOpen && !this.matches.length) this.list.append(Object.assign(document.createElement("li"), { className: "muted", textContent: this.root.dataset.none }));
    this.mark();
  }

  item(option, index) {
    const item = Object.assign(document.createElement("li"), { id: `${this.list.id}-${index}`, textContent: option.text });
    item.setAttribute("role", "option");
    item.dataset.index = index;
    return item;
  }

  mark() {
    [...this.list.querySelectorAll("[role=option]")].forEach((item, index) => {
      item.setAttribute("aria-selected", String(index === this.active));
      if (index === this.active) item.scrollIntoView({ block: "nearest" });
    });
    if (this.active >= 0) this.input.setAttribute("aria-activedescendant", `${this.list.id}-${this.active}`);
    else this.input.removeAttribute("aria-activedescendant");
  }

  press(event) {
    const last = (this.matches?.length ?? 0) - 1;
    if (event.key === "ArrowDown" && this.list.hidden) this.find();
    else if (event.key === "ArrowDown") this.active = Math.min(last, this.active + 1);
    else if (event.key === "ArrowUp") this.active = Math.max(0, this.active - 1);
    else if (event.key === "Enter" && this.active >= 0 && !this.list.hidden) this.take(this.active);
    else if (event.key === "Backspace" && !this.input.value) this.remove(this.chips.lastElementChild?.querySelector("button"));
    else if (event.key === "Escape") this.close();
    else return;
    if (event.key !== "Backspace") event.preventDefault();
    this.mark();
  }

  click(event) {
    const item = event.target.closest("[data-index]");
    event.preventDefault();
    if (item) this.take(Number(item.dataset.index));
  }

  take(index) {
    this.matches[index].option.selected = true;
    this.input.value = "";
    this.draw();
    this.close();
  }

  remove(button) {
    if (!button) return;
    this.options[Number(button.dataset.option)].option.selected = false;
    this.draw();
    this.input.focus();
  }

  draw() {
    this.chips.replaceChildren();
    this.options.forEach(({ option }, index) => {
      if (!option.selected) return;
      const [item, button] = [document.createElement("li"), document.createElement("button")];
      item.className = "chip";
      item.textContent = option.text;
      Object.assign(button, { type: "button", className: "chip-remove", textContent: "×" });
      button.dataset.option = index;
      button.setAttribute("aria-label", this.root.dataset.remove.replace("{name}", option.text));
      item.append(button);
      this.chips.append(item);
    });
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
  }
}

for (const root of document.querySelectorAll("[data-picker]")) new Picker(root);
