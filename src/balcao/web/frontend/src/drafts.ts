// `<form data-draft="KEY" data-draft-days="7">`: what is typed is kept in this browser until the server confirms the sending
// (the page that follows says that it is done; or `data-draft-sent="KEY"`, several keys with spaces, `KEY*` for all that begin so),
// the days are over, or the person discards it.
// Never kept: passwords, files, hidden fields, and what stands in `data-sensitive`.
import { all, button, make, onContent, once, text } from "./dom";

type Values = Record<string, string[]>;
interface Draft {
  until: number;
  at: number;
  values: Values;
}
type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
const PREFIX = "draft:";
let sending: HTMLFormElement | null = null; // nobody has said yet what became of it

function store(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null; // private mode or switched off: no drafts, no harm
  }
}

function controls(form: HTMLFormElement): Control[] {
  return (Array.from(form.elements) as Control[]).filter(
    (c) => c.name && c.matches("input, textarea, select") && !["password", "file", "hidden", "submit", "button"].includes(c.type) && !c.closest("[data-sensitive]"),
  );
}

function read(form: HTMLFormElement): Values {
  const values: Values = {};
  for (const c of controls(form)) {
    const list = (values[c.name] ??= []);
    const choice = c instanceof HTMLInputElement && (c.type === "radio" || c.type === "checkbox");
    if (!choice || c.checked) list.push(c.value);
  }
  return values;
}

function write(form: HTMLFormElement, values: Values): void {
  const left = new Map(Object.entries(values).map(([name, list]) => [name, [...list]]));
  for (const c of controls(form)) {
    const list = left.get(c.name);
    if (!list) continue;
    if (c instanceof HTMLInputElement && (c.type === "radio" || c.type === "checkbox")) c.checked = list.includes(c.value);
    else c.value = list.shift() ?? "";
    c.dispatchEvent(new Event("input", { bubbles: true }));
    c.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

const plain = (values: Values) => JSON.stringify(Object.entries(values).filter(([, list]) => list.some((v) => v)).sort());

function load(key: string): Draft | null {
  try {
    const draft = JSON.parse(store()?.getItem(PREFIX + key) ?? "null") as Draft | null;
    return draft && draft.until > Date.now() ? draft : null;
  } catch {
    return null;
  }
}

function sweep(): void {
  const kept = store();
  if (!kept) return;
  for (const key of Object.keys(kept)) if (key.startsWith(PREFIX) && !load(key.slice(PREFIX.length))) kept.removeItem(key);
}

function forget(root: ParentNode): void {
  const kept = store();
  if (sending && !document.contains(sending)) {
    if (document.querySelector("#messages .tone-success")) kept?.removeItem(PREFIX + (sending.dataset["draft"] ?? ""));
    sending = null;
  }
  for (const sign of all("[data-draft-sent]", root)) {
    for (const key of (sign.dataset["draftSent"] ?? "").split(/\s+/).filter(Boolean)) {
      const whole = PREFIX + key.replace(/\*$/, "");
      for (const name of Object.keys(kept ?? {})) if (name === whole || (key.endsWith("*") && name.startsWith(whole))) kept?.removeItem(name);
    }
  }
}

function keep(form: HTMLFormElement): void {
  const key = form.dataset["draft"];
  if (!key || !once(form, "drafts")) return;
  const fromServer = read(form);
  const draft = load(key);
  const mended = document.querySelector("[data-error-summary]"); // what the server shows back is newer than the draft
  if (draft && !mended && plain(draft.values) !== plain(fromServer)) {
    write(form, draft.values);
    const when = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" }).format(draft.at);
    const box = make("div", { class: "notice tone-info", role: "status", "data-draft-notice": "" });
    const discard = button(text("draftDiscard"), "secondary", () => {
      store()?.removeItem(PREFIX + key);
      form.reset();
      write(form, fromServer);
      store()?.removeItem(PREFIX + key);
      box.remove();
      controls(form)[0]?.focus();
    });
    box.append(make("div", { class: "notice-body" }, make("p", {}, text("draftKept", { when })), make("div", { class: "actions" }, discard)));
    form.prepend(box);
    form.addEventListener("submit", () => box.remove());
  }
  let timer = 0;
  const days = Number(form.dataset["draftDays"] ?? "7") || 7;
  const save = () => {
    clearTimeout(timer); // or it would bring back, after the sending, what the sending had taken away
    timer = 0;
    const values = read(form);
    try {
      if (plain(values) === plain(fromServer)) store()?.removeItem(PREFIX + key);
      else store()?.setItem(PREFIX + key, JSON.stringify({ at: Date.now(), until: Date.now() + days * 86_400_000, values } satisfies Draft));
    } catch {
      // full: the form itself still works
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(save, 400);
  });
  form.addEventListener("submit", () => {
    save();
    sending = form;
  });
  window.addEventListener("pagehide", () => document.contains(form) && !document.querySelector("[data-draft-sent]") && timer > 0 && save());
}

export function setupDrafts(): void {
  sweep();
  onContent((root) => {
    forget(root);
    for (const form of all<HTMLFormElement>("form[data-draft]", root)) keep(form);
  });
}
