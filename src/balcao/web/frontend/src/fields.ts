// Error summaries take the focus, else what an act has just said; counters count; dialogs open; menus close; the chosen tab is in sight.
import { all, onContent, once, text } from "./dom";

function focusErrors(root: ParentNode): void {
  const summary = all("[data-error-summary]", root)[0];
  if (summary && once(summary, "focused")) summary.focus();
}

// A screen reader reads no live region that was full when the page came: what the last act said is read by the focus,
// and the next Tab goes on into the page. Whoever stands in a field already stays there.
function focusMessages(): void {
  const said = document.getElementById("messages");
  if (said?.querySelector(".notice") && document.activeElement === document.body && !document.querySelector("[autofocus]")) said.focus({ preventScroll: true });
}

// On a phone the tabs stand in one line: the chosen one must not be out of sight.
function showTab(): void {
  for (const tab of all(".tabs [aria-current]")) {
    const line = tab.closest<HTMLElement>(".tabs");
    const cut = [line, ...(line ? all("*", line) : [])].some((e) => e && e.scrollWidth > e.clientWidth + 1);
    if (cut) tab.scrollIntoView({ block: "nearest", inline: "center" });
  }
}

// the link of an error leads to the control itself, or to the group's first choice
function followError(event: MouseEvent): void {
  const link = (event.target as Element).closest<HTMLAnchorElement>("[data-error-summary] a[href^='#']");
  const target = link && document.getElementById(link.hash.slice(1));
  if (!target) return;
  event.preventDefault();
  const control = target.matches("input, select, textarea") ? target : (target.querySelector<HTMLElement>("input, select, textarea") ?? target);
  control.focus();
  (control.closest(".field") ?? control).scrollIntoView({ block: "nearest" });
}

function counters(root: ParentNode): void {
  for (const input of all<HTMLTextAreaElement | HTMLInputElement>("[data-counter]", root)) {
    if (!once(input, "counts")) continue;
    const words = document.getElementById(`${input.id}_count`);
    const limit = Number(input.dataset["counter"]);
    if (!words || !limit) continue;
    const announce = document.createElement("span");
    announce.className = "visually-hidden";
    announce.setAttribute("aria-live", "polite");
    words.after(announce);
    let timer = 0;
    const update = () => {
      const left = limit - [...input.value].length;
      words.textContent = left >= 0 ? text("left", { n: left }) : text("over", { n: -left });
      words.classList.toggle("is-over", left < 0);
      clearTimeout(timer);
      // a screen reader hears it after a pause, not at every key
      timer = window.setTimeout(() => (announce.textContent = left < limit * 0.1 ? (words.textContent ?? "") : ""), 1200);
    };
    input.addEventListener("input", update);
    update();
  }
}

export function setupFields(): void {
  onContent((root) => {
    focusErrors(root);
    counters(root);
  });
  focusMessages();
  showTab();
  document.addEventListener("click", (event) => {
    followError(event);
    const target = event.target as Element;
    const opener = target.closest<HTMLElement>("[data-dialog]");
    const dialog = opener && document.getElementById(opener.dataset["dialog"] ?? "");
    if (dialog instanceof HTMLDialogElement && typeof dialog.showModal === "function") {
      event.preventDefault();
      dialog.showModal();
    }
    for (const menu of all<HTMLDetailsElement>("details.menu[open], details[data-nav][open]")) {
      if (!menu.contains(target) && !menu.parentElement?.contains(target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of all<HTMLDetailsElement>("details.menu[open], details[data-nav][open]")) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  });
}
