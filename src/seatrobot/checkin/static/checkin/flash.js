// What just happened: colour, icon, word and a short vibration; with the way back, or to try again.
const region = document.getElementById("door-flash");
const STAYS_MS = { in: 6000, party: 8000, out: 4000, outs: 4000, refused: 9000 };
const VIBRATION_MS = {
  in: 60,
  party: [60, 60, 60],
  out: 30,
  outs: 30,
  refused: [90, 70, 90],
  full: [90, 70, 90],
  twin: [90, 70, 90],
  lost: [200],
};
let timer;

export function clearFlash() {
  clearTimeout(timer);
  region.replaceChildren();
}

/** Shows the template `flash-<kind>`; `texts` fill its data-<name> places; `again` its button. */
export function flash(kind, texts, again) {
  clearFlash();
  const element = document.getElementById(`flash-${kind}`).content.cloneNode(true).firstElementChild;
  for (const [name, text] of Object.entries(texts)) {
    const place = element.querySelector(`[data-${name}]`);
    if (place) place.textContent = text;
  }
  const button = element.querySelector("[data-again]");
  button?.addEventListener("click", () => {
    clearFlash();
    again();
  });
  if (button && !again) button.remove();
  region.append(element);
  navigator.vibrate?.(VIBRATION_MS[kind]);
  if (STAYS_MS[kind]) timer = setTimeout(clearFlash, STAYS_MS[kind]);
}
