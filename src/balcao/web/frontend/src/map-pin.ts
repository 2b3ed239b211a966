// The pin: dragged, put by a click, moved by the arrow keys (Shift: ten times as far), or set by the device's location.
// It follows the two fields too, so whoever types coordinates sees them.
import * as maplibre from "maplibre-gl";
import { button, text } from "./dom";

interface Pin {
  map: maplibre.Map;
  box: HTMLElement;
  status: HTMLElement;
  tools: HTMLElement;
  fixed: boolean;
  start: [number, number] | null;
  placeAt: (at: [number, number]) => string;
  known: boolean;
  calm: boolean;
  home: (() => void) | null;
}
const STEP = 12; // pixels an arrow key moves it
const NS = "http://www.w3.org/2000/svg";

function drawing(): HTMLElement {
  const box = document.createElement("div");
  box.className = "map-pin";
  const svg = document.createElementNS(NS, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(NS, "path");
  path.setAttribute("d", "M12 23s8-8.1 8-14A8 8 0 1 0 4 9c0 5.9 8 14 8 14zm0-11a3 3 0 1 1 0-6 3 3 0 0 1 0 6z");
  path.setAttribute("fill-rule", "evenodd");
  svg.append(path);
  box.append(svg);
  return box;
}

export function attachPin({ map, box, status, tools, fixed, start, placeAt, known, calm, home }: Pin): void {
  const field = (key: string) => (box.dataset[key] ? document.querySelector<HTMLInputElement>(box.dataset[key]) : null);
  const lat = field("latInput");
  const lon = field("lonInput");
  const marker = new maplibre.Marker({ element: drawing(), anchor: "bottom", draggable: !fixed });
  let placed = false;
  let remove: HTMLButtonElement | null = null;

  const say = (at: [number, number]) => {
    const place = placeAt(at);
    if (place) status.textContent = text("pinIn", { place });
    else if (known) status.textContent = text("outside");
    else status.textContent = text("pinAt", { lat: at[1].toFixed(5), lon: at[0].toFixed(5) });
  };
  const write = (...values: [string, string]) => {
    for (const [at, input] of [lat, lon].entries()) {
      if (!input) continue;
      input.value = values[at] ?? "";
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  };
  const put = (at: [number, number], keep = true) => {
    marker.setLngLat(at);
    if (!placed) marker.addTo(map);
    placed = true;
    if (remove) remove.hidden = false;
    say(at);
    if (!keep || !lat || !lon) return;
    write(at[1].toFixed(6), at[0].toFixed(6));
  };
  const typed = (): [number, number] | null => {
    const at = [lon, lat].map((input) => (input?.value.trim() ? Number(input.value.replace(",", ".")) : NaN)) as [number, number];
    return at.every(Number.isFinite) && Math.abs(at[1]) <= 90 && Math.abs(at[0]) <= 180 ? at : null;
  };

  const first = typed() ?? start;
  if (first) {
    put(first, false);
    // outside there is nothing to see: the city itself shows where the pin should be
    if (known && !placeAt(first) && home) home();
    else map.jumpTo({ center: first, zoom: Math.max(map.getZoom(), 14) });
  }
  if (fixed) return;
  if (!first && !status.textContent) status.textContent = text("tapMap");
  remove = button(text("removePin"), "secondary btn-sm map-remove", () => {
    marker.remove();
    placed = false;
    if (lat && lon) write("", "");
    remove!.hidden = true;
    status.textContent = text("tapMap");
    map.getCanvas().focus();
  });
  remove.hidden = !placed;
  box.after(remove);
  marker.on("dragend", () => put(marker.getLngLat().toArray() as [number, number]));
  map.on("click", (event) => put(event.lngLat.toArray() as [number, number]));
  for (const input of [lat, lon]) {
    input?.addEventListener("change", (event) => {
      const at = event.isTrusted ? typed() : null;
      if (!at) return;
      put(at, false);
      map.easeTo({ center: at, animate: !calm });
    });
  }
  map.getCanvas().addEventListener("keydown", (event) => {
    const move = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    if (event.key === "+" || event.key === "-") return map.zoomTo(map.getZoom() + (event.key === "+" ? 1 : -1), { animate: !calm }), undefined;
    if (!move) return;
    event.preventDefault();
    const point = map.project(placed ? marker.getLngLat() : map.getCenter());
    const far = STEP * (event.shiftKey ? 10 : 1);
    point.x += (move[0] ?? 0) * far;
    point.y += (move[1] ?? 0) * far;
    const at = map.unproject(point);
    put(at.toArray() as [number, number]);
    if (!map.getBounds().contains(at)) map.easeTo({ center: at, animate: !calm });
  });
  if (!("geolocation" in navigator)) return;
  const locate = button(text("locate"), "secondary btn-sm", () => {
    locate.setAttribute("aria-busy", "true");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        locate.removeAttribute("aria-busy");
        put([coords.longitude, coords.latitude]);
        map.easeTo({ center: [coords.longitude, coords.latitude], zoom: Math.max(map.getZoom(), 16), animate: !calm });
      },
      () => {
        locate.removeAttribute("aria-busy");
        status.textContent = text("noLocate");
      },
      { enableHighAccuracy: true, timeout: 10_000, maximumAge: 60_000 },
    );
  });
  locate.classList.add("map-locate");
  tools.before(locate);
}
