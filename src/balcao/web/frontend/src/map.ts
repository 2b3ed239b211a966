// The map: `web/components/map.html`. This part is small and waits; the map itself (450 kB) is fetched when the box comes into sight.
// Without JavaScript, without WebGL or with a failed download the latitude and longitude fields stay, and nothing else is missing.
import { all, button, make, onContent, once, text } from "./dom";

async function draw(box: HTMLElement): Promise<void> {
  const part = new URL("./map-draw.js", import.meta.url).href;
  const { build } = (await import(part)) as typeof import("./map-draw");
  await build(box);
}

function start(box: HTMLElement): void {
  const lost = () => (box.hidden = true);
  const saver = (navigator as unknown as { connection?: { saveData?: boolean } }).connection?.saveData;
  box.hidden = false;
  if (saver) {
    // who saves data decides to load it
    box.append(make("div", { class: "map-wait" }, button(text("showMap"), "secondary", () => void draw(box).catch(lost))));
    return;
  }
  const seen = new IntersectionObserver((entries) => {
    if (!entries.some((e) => e.isIntersecting)) return;
    seen.disconnect();
    void draw(box).catch(lost);
  }, { rootMargin: "200px" });
  seen.observe(box);
}

onContent((root) => {
  for (const box of all("[data-map]", root)) if (once(box, "mapped")) start(box);
});
