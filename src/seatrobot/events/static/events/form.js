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

// The list of time zones can be searched by city or region.
const search = document.getElementById("zone-search");
if (search && zone) {
  search.hidden = false;
  const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replaceAll("_", " ").toLowerCase();
  const groups = [...zone.children].map((group) => [group, [...group.children]]);
  search.addEventListener("input", () => {
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    const chosen = zone.value;
    const fits = (option) => words.every((word) => plain(option.value.replace("/", " ")).includes(word));
    zone.replaceChildren(...groups.flatMap(([group, options]) => {
      group.replaceChildren(...options.filter((option) => fits(option) || !words.length));
      return group.children.length ? [group] : [];
    }));
    const left = [...zone.options];
    zone.value = left.some((option) => option.value === chosen) ? chosen : (left[0]?.value ?? "");
    if (!left.length) {
      zone.replaceChildren(...groups.map(([group, options]) => (group.replaceChildren(...options), group)));
      zone.value = chosen;
    }
  });
}
