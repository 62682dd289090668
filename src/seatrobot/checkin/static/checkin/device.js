// What a tap says of the device: an identifier of its own, the device's clock, the door's name.
const KEY = "seatrobot-door";
const taps = new WeakMap();

/** Returns `tap(button)`, the same one until `answered(button)`, so that trying again is one tap. */
export function startDevice() {
  const box = document.querySelector(".door-device");
  const input = box.querySelector("input");
  const shown = box.querySelector("[data-door-name]");

  function show() {
    shown.textContent = input.value.trim() || shown.dataset.doorName;
  }

  input.value = localStorage.getItem(KEY) ?? "";
  box.hidden = false;
  show();
  input.addEventListener("input", () => {
    localStorage.setItem(KEY, input.value);
    show();
  });

  return {
    tap(button) {
      if (!taps.has(button)) {
        taps.set(button, { tap: newId(), at: new Date().toISOString() });
      }
      return { ...taps.get(button), door: input.value.trim() };
    },
    answered(button) {
      taps.delete(button);
    },
  };
}

/**
 * Returns the identifier of a guest to be, with the time of the one that the server gave the page:
 * the device's clock may be wrong.
 */
export function nextId(given) {
  return given.slice(0, 15) + newId().slice(15);
}

/** crypto.randomUUID exists only over HTTPS and on the own machine; a door may ask over HTTP. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
