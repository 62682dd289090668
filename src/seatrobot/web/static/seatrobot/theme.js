// Runs before the first paint: the chosen theme, or the system's when none was chosen.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const show = () => {
    const chosen = localStorage.getItem("theme");
    if (chosen) root.dataset.theme = chosen;
    root.dataset.shown = chosen ?? (system.matches ? "dark" : "light");
  };
  system.addEventListener("change", show);
  addEventListener("storage", show);
  show();
})();
