// `<ul data-nearest>` whose items carry `data-at="lat,lon"`: a button above puts the nearest first and says how far each is,
// as the crow flies. The position is asked when the button is pressed, and never leaves the device.
import { all, button, make, onContent, once, text, toast } from "./dom";

const EARTH = 6371; // km

function distance([lat, lon]: [number, number], [lat2, lon2]: [number, number]): number {
  const rad = Math.PI / 180;
  const a = Math.sin(((lat2 - lat) * rad) / 2) ** 2 + Math.cos(lat * rad) * Math.cos(lat2 * rad) * Math.sin(((lon2 - lon) * rad) / 2) ** 2;
  return 2 * EARTH * Math.asin(Math.sqrt(a));
}

const placeOf = (item: HTMLElement) => (item.dataset["at"] ?? "").split(",").map(Number) as [number, number];

function order(list: HTMLElement, here: [number, number]): void {
  const km = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1, style: "unit", unit: "kilometer" });
  const items = all<HTMLElement>(":scope > [data-at]", list).map((item) => ({ item, far: distance(here, placeOf(item)) }));
  for (const { item, far } of items.sort((a, b) => b.far - a.far)) {
    item.querySelector("[data-far]")?.remove();
    item.append(make("p", { "data-far": "", class: "small muted" }, text("away", { far: km.format(far) })));
    list.prepend(item);
  }
}

function setup(list: HTMLElement): void {
  if (!("geolocation" in navigator) || all(":scope > [data-at]", list).length < 2) return;
  const ask = button(text("nearest"), "secondary", () => {
    ask.setAttribute("aria-busy", "true");
    navigator.geolocation.getCurrentPosition(
      (found) => {
        ask.removeAttribute("aria-busy");
        ask.setAttribute("aria-pressed", "true");
        order(list, [found.coords.latitude, found.coords.longitude]);
      },
      () => {
        ask.removeAttribute("aria-busy");
        toast(text("noNearest"), "warning");
      },
      { maximumAge: 60_000, timeout: 15_000, enableHighAccuracy: false },
    );
  });
  list.before(make("p", {}, ask));
}

export function setupNearest(): void {
  onContent((root) => {
    for (const list of all("ul[data-nearest]", root)) if (once(list, "nearestReady")) setup(list);
  });
}
