// Puts formats and placeholders where the cursor is; without it the server puts them at the end.
const bar = document.querySelector("[data-mail-tools]");
const field = bar && document.getElementById(bar.dataset.mailTools);

function put(before, after, instead) {
  const { selectionStart: start, selectionEnd: end, value } = field;
  const chosen = value.slice(start, end) || instead;
  field.setRangeText(before + chosen + after, start, end, "end");
  field.setSelectionRange(start + before.length, start + before.length + chosen.length);
}

function putLine(sign) {
  const { selectionStart: start, selectionEnd: end, value } = field;
  const begin = value.lastIndexOf("\n", start - 1) + 1;
  const lines = value.slice(begin, end).split("\n");
  field.setRangeText(lines.map((line) => sign + line).join("\n"), begin, end, "end");
}

bar?.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=insert]");
  if (!button) return;
  event.preventDefault();
  const { before, after, line, put: placeholder } = button.dataset;
  if (line) putLine(line);
  else if (placeholder) put(placeholder, "", "");
  else put(before, after, button.textContent.trim());
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

document.querySelector("[data-mail-preview] select")?.addEventListener("change", (event) => {
  for (const frame of document.querySelectorAll(".mail-frames iframe")) {
    const address = new URL(frame.src);
    address.searchParams.set("guest", event.target.value);
    frame.src = address;
  }
});
