// The city's polygons: their names, bounds, a point for the label, and whether a point lies inside.
type Ring = [number, number][];
export interface Place {
  name: string;
  feature: GeoJSON.Feature<GeoJSON.Polygon | GeoJSON.MultiPolygon>;
  parts: Ring[][];
}

/** Fetches a GeoJSON FeatureCollection of (Multi)Polygons; a feature's `properties.name` is its name. Throws when it is not there. */
export async function loadPlaces(url: string): Promise<Place[]> {
  const answer = await fetch(url, { headers: { Accept: "application/geo+json, application/json" } });
  if (!answer.ok) throw new Error(`places: ${answer.status}`);
  const data = (await answer.json()) as GeoJSON.FeatureCollection<GeoJSON.Polygon | GeoJSON.MultiPolygon, { name?: string }>;
  return data.features.map((feature) => ({
    name: feature.properties.name ?? "",
    feature,
    parts: (feature.geometry.type === "Polygon" ? [feature.geometry.coordinates] : feature.geometry.coordinates) as Ring[][],
  }));
}

/** west, south, east, north */
export function boundsOf(places: Place[]): [number, number, number, number] {
  const box: [number, number, number, number] = [180, 90, -180, -90];
  for (const place of places)
    for (const part of place.parts)
      for (const [lon, lat] of part[0] ?? []) {
        box[0] = Math.min(box[0], lon);
        box[1] = Math.min(box[1], lat);
        box[2] = Math.max(box[2], lon);
        box[3] = Math.max(box[3], lat);
      }
  return box;
}

function area(ring: Ring): number {
  let sum = 0;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [x1, y1] = ring[j] ?? [0, 0];
    const [x2, y2] = ring[i] ?? [0, 0];
    sum += x1 * y2 - x2 * y1;
  }
  return sum / 2;
}

/** The centroid of the largest part; good enough for a label. */
export function centreOf(place: Place): [number, number] {
  const rings = place.parts.map((part) => part[0] ?? []);
  const ring = rings.reduce((best, r) => (Math.abs(area(r)) > Math.abs(area(best)) ? r : best), rings[0] ?? []);
  const [ox, oy] = ring[0] ?? [0, 0]; // near the origin the arithmetic keeps its digits
  let x = 0;
  let y = 0;
  let twice = 0;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [x1, y1] = [(ring[j]?.[0] ?? 0) - ox, (ring[j]?.[1] ?? 0) - oy];
    const [x2, y2] = [(ring[i]?.[0] ?? 0) - ox, (ring[i]?.[1] ?? 0) - oy];
    const cross = x1 * y2 - x2 * y1;
    x += (x1 + x2) * cross;
    y += (y1 + y2) * cross;
    twice += cross;
  }
  return twice ? [ox + x / (3 * twice), oy + y / (3 * twice)] : [ox, oy];
}

export function contains(place: Place, [lon, lat]: [number, number]): boolean {
  return place.parts.some((part) => part.reduce((inside, ring) => inside !== crosses(ring, lon, lat), false));
}

// an odd number of edges to the east: inside; holes turn it back
function crosses(ring: Ring, lon: number, lat: number): boolean {
  let odd = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [x1, y1] = ring[i] ?? [0, 0];
    const [x2, y2] = ring[j] ?? [0, 0];
    if (y1 > lat !== y2 > lat && lon < ((x2 - x1) * (lat - y1)) / (y2 - y1) + x1) odd = !odd;
  }
  return odd;
}
