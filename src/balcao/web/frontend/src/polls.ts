// What a page asks for again every few seconds (`hx-trigger="every 5s, looked-at"`) is asked for while somebody looks: a
// hidden tab asks for nothing, and asks at once when it is looked at again. Nor is anything replaced under someone's hands.
import { all } from "./dom";

const POLLS = "[hx-trigger^='every ']";

export function setupPolls(): void {
  document.addEventListener("htmx:beforeRequest", (event) => {
    const element = event.target as Element;
    if (!element.matches(POLLS)) return;
    if (document.hidden || element.contains(document.activeElement)) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    for (const element of all(POLLS)) element.dispatchEvent(new Event("looked-at"));
  });
}
