// `data-shortcut="g t"` on a link, button or field: the keys press or focus it. `?` lists what this page has.
// Single letters work only outside of fields, and can be switched off (WCAG 2.1.4) with `data-shortcuts="off"` on <html> or <body>.
import { all, make, text } from "./dom";

const WAIT = 900; // milliseconds between the keys of a sequence
let typed: string[] = [];
let timer = 0;

const shown = (element: HTMLElement) => element.offsetParent !== null || element.getClientRects().length > 0;
function nameOf(element: HTMLElement): string {
  const labels = element instanceof HTMLInputElement ? element.labels : null;
  return element.dataset["shortcutName"] || element.getAttribute("aria-label") || labels?.[0]?.textContent || element.textContent || "";
}

function help(): void {
  const found = all("[data-shortcut]");
  const list = make("dl", { class: "dialog-keys" });
  for (const element of found) {
    const keys = make("dt");
    for (const key of (element.dataset["shortcut"] ?? "").split(" ")) keys.append(make("kbd", {}, key), " ");
    list.append(keys, make("dd", {}, nameOf(element).replace(/\s+/g, " ").trim()));
  }
  const dialog = make("dialog", { class: "dialog", "aria-labelledby": "keys-title" });
  const close = make("button", { type: "submit", class: "btn btn-secondary" }, text("close"));
  dialog.append(make("h2", { id: "keys-title" }, text("shortcuts")), list, make("form", { method: "dialog", class: "actions" }, close));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function press(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], dialog, [data-map]")) return;
  if (document.body.dataset["shortcuts"] === "off" || document.documentElement.dataset["shortcuts"] === "off") return;
  const known = all("[data-shortcut]").filter(shown);
  if (!known.length) return;
  if (event.key === "?") {
    event.preventDefault();
    return help();
  }
  if (event.key.length > 1 && event.key !== "Enter") return;
  typed.push(event.key);
  clearTimeout(timer);
  timer = window.setTimeout(() => (typed = []), WAIT);
  const sequence = typed.join(" ");
  const hit = known.find((element) => element.dataset["shortcut"] === sequence) ?? known.find((element) => element.dataset["shortcut"] === event.key);
  if (!hit) return;
  typed = [];
  event.preventDefault();
  if (hit.matches("input:not([type=checkbox]):not([type=radio]), textarea, select")) hit.focus();
  else {
    hit.focus();
    hit.click();
  }
}

export function setupShortcuts(): void {
  document.addEventListener("keydown", press);
  document.addEventListener("click", (event) => (event.target as Element).closest("[data-show-shortcuts]") && help());
  for (const opener of all("[data-show-shortcuts]")) opener.hidden = false;
}
