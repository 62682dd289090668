// An export takes what the list shows now.
document.addEventListener("htmx:afterSwap", () => {
  const query = document.getElementById("contacts")?.dataset.query ?? "";
  for (const link of document.querySelectorAll("[data-export]")) {
    link.search = query;
  }
});
