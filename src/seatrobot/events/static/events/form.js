// A new event starts in the zone of the person who makes it, and ends after it starts.
const form = document.querySelector(".event-form");
const zone = form?.elements.time_zone;
if (form?.hasAttribute("data-own-zone") && zone) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if ([...zone.options].some((option) => option.value === own)) zone.value = own;
}
const { starts_at: starts, ends_at: ends } = form?.elements ?? {};
starts?.addEventListener("change", () => {
  if (!starts.value || (ends.value && ends.value > starts.value)) return;
  const [day, time] = starts.value.split("T");
  const later = new Date(`${day}T${time}Z`);
  later.setUTCHours(later.getUTCHours() + 4);
  ends.value = later.toISOString().slice(0, 16);
});
