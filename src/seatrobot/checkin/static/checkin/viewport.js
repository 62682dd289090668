// Keeps the search above the keyboard of a phone, and gives its room to the guests found.
const KEYBOARD_TAKES = 0.75;

export function startViewport() {
  const view = window.visualViewport;
  if (!view) return;
  const fit = () => {
    const isTyping = view.height < window.innerHeight * KEYBOARD_TAKES;
    document.body.classList.toggle("is-typing", isTyping);
    document.body.style.height = isTyping ? `${view.height}px` : "";
    if (isTyping) window.scrollTo(0, 0);
  };
  view.addEventListener("resize", fit);
  fit();
}
