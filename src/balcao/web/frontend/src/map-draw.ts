// Draws the map: the city's own polygons, or their borders over a PMTiles base map; points; a pin that writes two fields.
import * as maplibre from "maplibre-gl";
import { button, make, text } from "./dom";
import { baseMap } from "./map-base";
import { boundsOf, centreOf, contains, loadPlaces, type Place } from "./map-places";
import { attachPin } from "./map-pin";

// a file of ours: the policy allows neither blob: nor data: workers
maplibre.setWorkerUrl(new URL("./map-worker.js", import.meta.url).href);

const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const pair = (value: string | undefined): [number, number] | null => {
  const [lon, lat] = (value ?? "").split(",").map(Number);
  return Number.isFinite(lon) && Number.isFinite(lat) && value ? [lon as number, lat as number] : null;
};

function style(): maplibre.StyleSpecification {
  return { version: 8, sources: {}, layers: [{ id: "ground", type: "background", paint: { "background-color": colour("sunken") } }] };
}

function drawPlaces(map: maplibre.Map, places: Place[], bare: boolean): void {
  map.addSource("places", { type: "geojson", data: { type: "FeatureCollection", features: places.map((p) => p.feature) } });
  if (bare) map.addLayer({ id: "places", type: "fill", source: "places", paint: { "fill-color": colour("surface") } });
  map.addLayer({ id: "borders", type: "line", source: "places", paint: { "line-color": colour("border-strong"), "line-width": bare ? 1 : 1.5 } });
  if (!bare) return;
  const labels = places.map((place) => {
    const element = make("div", { class: "map-label", "aria-hidden": "true" }, place.name);
    new maplibre.Marker({ element, opacityWhenCovered: "1" }).setLngLat(centreOf(place)).addTo(map);
    return { element, place };
  });
  // a name is shown once its place is wide enough on the screen
  const show = () => {
    for (const { element, place } of labels) {
      const [west, south, east, north] = boundsOf([place]);
      const a = map.project([west, south]);
      const b = map.project([east, north]);
      element.hidden = Math.abs(b.x - a.x) < 64;
    }
  };
  map.on("zoomend", show);
  map.on("resize", show);
  show();
}

async function drawPoints(map: maplibre.Map, url: string): Promise<void> {
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const data = (await answer.json()) as GeoJSON.FeatureCollection<GeoJSON.Point, { title?: string; href?: string }>;
  map.addSource("points", { type: "geojson", data, cluster: true, clusterRadius: 40 });
  map.addLayer({
    id: "points", type: "circle", source: "points",
    paint: { "circle-color": colour("primary"), "circle-stroke-color": colour("surface"), "circle-stroke-width": 2, "circle-radius": ["interpolate", ["linear"], ["coalesce", ["get", "point_count"], 1], 1, 8, 50, 22] },
  });
  map.on("click", "points", (event) => {
    const feature = event.features?.[0];
    const href = feature?.properties["href"] as string | undefined;
    if (href) location.assign(href);
    else map.easeTo({ center: event.lngLat, zoom: map.getZoom() + 2 });
  });
}

export async function build(box: HTMLElement): Promise<void> {
  const places = box.dataset["polygons"] ? await loadPlaces(box.dataset["polygons"]) : [];
  box.textContent = "";
  const canvas = make("div", { class: "map-canvas" });
  const status = make("p", { class: "map-status", "aria-live": "polite" });
  box.append(canvas, status);
  const mode = box.dataset["mode"] ?? "pin";
  const centre = pair(box.dataset["pin"]) ?? pair(box.dataset["center"]);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = new maplibre.Map({
    container: canvas, style: style(), center: centre ?? [-46.63, -23.55], zoom: Number(box.dataset["zoom"] ?? "12"),
    attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false, fadeDuration: calm ? 0 : 150, minZoom: 3, maxZoom: 19,
    keyboard: mode !== "pin", // in pin mode the arrow keys are the pin's
  });
  map.touchZoomRotate.disableRotation();
  const element = map.getCanvas();
  element.setAttribute("aria-label", mode === "pin" ? text("mapKeys") : (box.getAttribute("aria-label") ?? ""));
  if (places.length && (!centre || !box.dataset["zoom"]) && !pair(box.dataset["pin"])) map.fitBounds(boundsOf(places), { padding: 16, animate: false });
  const tools = make("div", { class: "map-tools" });
  for (const [label, sign, step] of [[text("zoomIn"), "+", 1], [text("zoomOut"), "−", -1]] as const) {
    const b = button(sign, "secondary btn-icon", () => map.zoomTo(map.getZoom() + step, { animate: !calm }));
    b.setAttribute("aria-label", label);
    tools.append(b);
  }
  box.append(tools);
  await map.once("load");
  const based = box.dataset["pmtiles"] ? await baseMap(map, box.dataset["pmtiles"], colour) : false;
  if (box.dataset["attribution"] && based) status.textContent = box.dataset["attribution"];
  if (places.length) drawPlaces(map, places, !based);
  if (box.dataset["points"]) await drawPoints(map, box.dataset["points"]);
  if (mode === "pin" || pair(box.dataset["pin"])) {
    attachPin({ map, box, status, tools, fixed: mode !== "pin", start: pair(box.dataset["pin"]), placeAt: (at) => places.find((p) => contains(p, at))?.name ?? "", known: places.length > 0, calm, home: places.length ? () => void map.fitBounds(boundsOf(places), { padding: 16, animate: false }) : null });
  }
  // without a base map only borders say where it is: from near there would be none
  if (mode === "show" && !based && places.length && map.getZoom() > 13) map.jumpTo({ zoom: 13 });
  box.dataset["mapReady"] = "1";
}
