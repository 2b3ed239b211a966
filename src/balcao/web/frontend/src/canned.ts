// Ready-made replies in the reply box: "/" at the beginning of a word opens the list, what is typed on narrows it,
// Enter or Tab takes one. The list without JavaScript is a <select>, whose place this takes.
import { once, onContent } from "./dom";

const TYPED = /(^|\s)\/([\p{L}\p{N}_-]*(?: [\p{L}\p{N}_-]+)*)$/u;

function setupCanned(tool: HTMLElement, area: HTMLTextAreaElement): void {
  const select = tool.querySelector("select");
  const label = select?.options[0]?.text ?? "";
  const list = document.createElement("ul");
  list.id = "canned-list";
  list.className = "canned-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", label);
  list.hidden = true;
  area.after(list);
  area.setAttribute("aria-autocomplete", "list");
  area.setAttribute("aria-controls", list.id);
  const opener = document.createElement("button");
  opener.type = "button";
  opener.className = "btn btn-quiet btn-sm";
  opener.textContent = `/ ${label}`;
  tool.replaceChildren(opener);

  let asked = 0;
  let chosen = -1;
  const options = (): HTMLElement[] => Array.from(list.querySelectorAll<HTMLElement>("[role=option]"));
  const typed = (): RegExpExecArray | null => TYPED.exec(area.value.slice(0, area.selectionStart));

  const mark = (to: number): void => {
    const all = options();
    chosen = all.length ? (to + all.length) % all.length : -1;
    all.forEach((one, n) => one.setAttribute("aria-selected", String(n === chosen)));
    const now = all[chosen];
    now?.scrollIntoView({ block: "nearest" });
    if (now) area.setAttribute("aria-activedescendant", now.id);
    else area.removeAttribute("aria-activedescendant");
  };
  const close = (): void => {
    asked += 1;
    list.hidden = true;
    list.replaceChildren();
    area.removeAttribute("aria-activedescendant");
  };
  const look = async (): Promise<void> => {
    const found = typed();
    if (!found) return close();
    const mine = (asked += 1);
    try {
      const answer = await fetch(`${tool.dataset["canned"]}?q=${encodeURIComponent(found[2] ?? "")}`, { redirect: "manual" });
      if (!answer.ok || mine !== asked) return;
      list.innerHTML = await answer.text();
      list.hidden = false;
      mark(0);
    } catch {
      close(); // no connection: what is typed stays, and the list comes with the next key
    }
  };
  const take = (one: HTMLElement): void => {
    const found = typed();
    const end = area.selectionStart;
    const start = found ? end - (found[2] ?? "").length - 1 : end;
    const href = one.dataset["href"];
    if (href) {
      area.setRangeText("", start, end, "end"); // the macro has its own form; the shortcut is no draft
      area.dispatchEvent(new Event("input", { bubbles: true }));
      return location.assign(href);
    }
    area.setRangeText(one.dataset["words"] ?? "", start, end, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
    close();
    area.focus();
  };

  area.addEventListener("input", () => void look());
  area.addEventListener("blur", () => window.setTimeout(close, 150)); // a touch of the list comes first
  opener.addEventListener("click", () => {
    const before = area.value.slice(0, area.selectionStart);
    area.focus();
    area.setRangeText(before && !/\s$/.test(before) ? " /" : "/", area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
  list.addEventListener("pointerdown", (event) => {
    const one = (event.target as HTMLElement).closest<HTMLElement>("[role=option]");
    if (!one) return;
    event.preventDefault();
    take(one);
  });
  document.addEventListener("keydown", (event) => {
    if (event.target !== area || list.hidden || event.isComposing) return;
    const one = options()[chosen];
    if (event.key === "ArrowDown") mark(chosen + 1);
    else if (event.key === "ArrowUp") mark(chosen - 1);
    else if ((event.key === "Enter" || event.key === "Tab") && one && !event.shiftKey) take(one);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation(); // neither sent nor left
  }, true);
}

// A template's words as the person will read them, while its variables are filled in.
function setupTemplate(words: HTMLElement): void {
  const fields = Array.from(document.querySelectorAll<HTMLInputElement>("[data-fills]"));
  const fill = (): void => {
    const values = new Map(fields.map((one) => [one.dataset["fills"] ?? "", one.value.trim()]));
    words.textContent = (words.dataset["template"] ?? "").replace(/\{\{\s*(\w+)\s*\}\}/g, (all, name: string) => values.get(name) || all);
  };
  for (const one of fields) one.addEventListener("input", fill);
  fill();
}

onContent(() => {
  const [tool, area] = [document.querySelector<HTMLElement>("[data-canned]"), document.querySelector<HTMLTextAreaElement>("#id_text")];
  if (tool && area && once(tool, "ready")) setupCanned(tool, area);
  const words = document.querySelector<HTMLElement>("[data-template]");
  if (words && once(words, "ready")) setupTemplate(words);
});
