// Times in the event's own zone and in the reader's form.
const { timeZone } = document.getElementById("door-form").dataset;
const format = new Intl.DateTimeFormat(document.documentElement.lang, {
  hour: "numeric",
  minute: "2-digit",
  timeZone,
});

/** Writes every `<time datetime>` inside the element. */
export function showTimes(element) {
  for (const time of element.querySelectorAll("time[datetime]")) {
    time.textContent = format.format(new Date(time.dateTime));
  }
}
