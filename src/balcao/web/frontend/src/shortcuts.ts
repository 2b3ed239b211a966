// `data-shortcut="g t"` on a link, button or field: the keys press or focus it. `?` lists what this page has.
// Single letters work only outside of fields, and whoever wants can switch them off in that list (WCAG 2.1.4): kept in
// this browser. `data-shortcuts="off"` on <html> or <body> does it for a whole page.
import { all, make, onContent, text } from "./dom";

const WAIT = 900; // milliseconds between the keys of a sequence
const OFF = "shortcuts-off";
let typed: string[] = [];
let timer = 0;

const shown = (element: HTMLElement) => element.offsetParent !== null || element.getClientRects().length > 0;
function nameOf(element: HTMLElement): string {
  const labels = element instanceof HTMLInputElement ? element.labels : null;
  const words = element.cloneNode(true) as HTMLElement;
  for (const painted of all("kbd", words)) painted.remove();
  return element.dataset["shortcutName"] || element.getAttribute("aria-label") || labels?.[0]?.textContent || words.textContent || "";
}

function off(): boolean {
  try {
    return localStorage.getItem(OFF) === "1";
  } catch {
    return false;
  }
}

function switchKeys(on: boolean): void {
  try {
    if (on) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  } catch {
    // switched off storage: the keys stay as they are
  }
  tell(document);
}

// the letter that is painted on a button is not its name: a screen reader says it as a shortcut
function tell(root: ParentNode): void {
  for (const element of all("[data-shortcut]", root)) {
    const keys = element.dataset["shortcut"] ?? "";
    if (off() || keys.includes(" ")) element.removeAttribute("aria-keyshortcuts");
    else if (keys) element.setAttribute("aria-keyshortcuts", keys);
    for (const painted of all("kbd", element)) {
      painted.setAttribute("aria-hidden", "true");
      painted.hidden = off();
    }
  }
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
  const box = make("input", { type: "checkbox", id: "keys-on" });
  box.checked = !off();
  box.addEventListener("change", () => switchKeys(box.checked));
  const choice = make("div", { class: "choice" }, box, make("label", { for: "keys-on" }, text("shortcutsOn")));
  dialog.append(make("h2", { id: "keys-title" }, text("shortcuts")), list, choice, make("form", { method: "dialog", class: "actions" }, close));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function press(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], dialog, [data-map]")) return;
  if (off() || document.body.dataset["shortcuts"] === "off" || document.documentElement.dataset["shortcuts"] === "off") return;
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
    // what opens to be written in is written in: the next letters are words, not the keys of other acts
    const fold = hit.matches("summary") ? hit.closest("details") : null;
    if (fold?.open) fold.querySelector<HTMLElement>("textarea, input:not([type=hidden])")?.focus();
  }
}

export function setupShortcuts(): void {
  onContent(tell);
  document.addEventListener("keydown", press);
  document.addEventListener("click", (event) => (event.target as Element).closest("[data-show-shortcuts]") && help());
  for (const opener of all("[data-show-shortcuts]")) opener.hidden = false;
}
