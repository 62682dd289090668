// A file that is dropped anywhere on the box is the one that is sent.
const box = document.querySelector("[data-drop]");
const input = box?.querySelector("input[type=file]");
const label = box?.querySelector("[data-file-name]");

function show() {
  const [file] = input.files;
  if (!file) return;
  const size = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
  label.textContent = `${file.name} · ${size.format(file.size / 1048576)} MB`;
  box.classList.add("is-filled");
}

box?.classList.add("is-live");
for (const name of ["dragenter", "dragover"]) {
  box?.addEventListener(name, (event) => {
    event.preventDefault();
    box.classList.add("is-over");
  });
}
for (const name of ["dragleave", "drop"]) {
  box?.addEventListener(name, () => box.classList.remove("is-over"));
}
box?.addEventListener("drop", (event) => {
  event.preventDefault();
  if (!event.dataTransfer.files.length) return;
  input.files = event.dataTransfer.files;
  show();
});
input?.addEventListener("change", show);
