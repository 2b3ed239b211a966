// An optional base map from one PMTiles file (protomaps' layers): ground, water, green, roads, buildings. Names stay ours: no glyph server.
import * as maplibre from "maplibre-gl";
import { Protocol } from "pmtiles";

let registered = false;

/** True when the file answered; the city's polygons are then drawn over it as borders only. */
export async function baseMap(map: maplibre.Map, url: string, colour: (name: string) => string): Promise<boolean> {
  if (!registered) {
    maplibre.addProtocol("pmtiles", new Protocol().tile);
    registered = true;
  }
  const address = new URL(url, location.href).href;
  try {
    const head = await fetch(address, { headers: { Range: "bytes=0-6" } });
    if (!head.ok) return false;
  } catch {
    return false;
  }
  map.addSource("base", { type: "vector", url: `pmtiles://${address}` });
  const fill = (id: string, paint: string): maplibre.FillLayerSpecification => ({ id: `base-${id}`, type: "fill", source: "base", "source-layer": id, paint: { "fill-color": paint } });
  map.addLayer(fill("earth", colour("surface")));
  map.addLayer({ ...fill("landuse", colour("success-soft")), filter: ["in", ["get", "kind"], ["literal", ["park", "forest", "wood", "nature_reserve", "cemetery", "grass"]]] });
  map.addLayer(fill("water", colour("info-soft")));
  map.addLayer({ id: "base-roads", type: "line", source: "base", "source-layer": "roads", paint: { "line-color": colour("border"), "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 8, 0.4, 13, 1.5, 18, 12] } });
  map.addLayer({ ...fill("buildings", colour("sunken")), minzoom: 14 });
  return true;
}
