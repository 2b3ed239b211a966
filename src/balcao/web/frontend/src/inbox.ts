// The page of a conversation while it is open: new words appear, what is sent stands there at once and says honestly how far
// it came, and whoever else has it open is named. Without this script every form works and the page is read anew.
import { all, make, once, onContent, text } from "./dom";
import { token } from "./beat";

interface Fact {
  data: { conversation_id?: number; number?: number; sort?: string; side?: string; preview?: string; html?: string } | null;
}
const htmx = () => (window as unknown as { htmx?: { process(element: Element): void } }).htmx;
let page: HTMLElement | null = null;
let talk = 0;
let piece = "";
let thread: HTMLElement | null = null;
let scroll: HTMLElement | null = null;
const BACK = 30; // numbers before the last that are read again where something of theirs may have changed
const FULL = 200; // words of one piece: there may be more

const asked = (more: string): string => piece + (piece.includes("?") ? "&" : "?") + more;
const parse = (html: string): Document => new DOMParser().parseFromString(html, "text/html");
const last = (): number => Math.max(0, ...all("[data-number]", thread ?? document).map((one) => Number(one.dataset["number"])));
const atEnd = (): boolean => !scroll || scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 120;
const toEnd = (): void => void (scroll && (scroll.scrollTop = scroll.scrollHeight));

function place(fresh: HTMLElement, list: Element, after: Element | null): void {
  const known = document.getElementById(fresh.id);
  if (!known) {
    if (after?.parentElement === list) after.after(fresh);
    else if (after) list.prepend(fresh);
    else list.append(fresh);
    htmx()?.process(fresh);
    return;
  }
  if (known.outerHTML === fresh.outerHTML) return;
  // only how far it came: the words are not said twice to whoever listens
  const [was, is] = [known.querySelector(".word-body"), fresh.querySelector(".word-body")];
  if (!was || !is || was.innerHTML !== is.innerHTML) return known.replaceWith(fresh);
  known.className = fresh.className;
  for (const part of all(".word-meta, .word-why", known)) part.remove();
  known.append(...all(".word-meta, .word-why", fresh));
}

/** Take in the days and lines of a piece: the new ones at their place, the known ones as they stand now. */
function take(html: string): void {
  const stay = atEnd();
  let after: Element | null = null;
  for (const day of all<HTMLElement>("[data-day]", parse(html))) {
    const known = thread?.querySelector(`[data-day="${day.dataset["day"]}"] ol`);
    if (!known) {
      thread?.append(day);
      after = day.querySelector("li:last-of-type");
      continue;
    }
    for (const line of all<HTMLElement>("li[id]", day)) {
      place(line, known, after);
      after = document.getElementById(line.id);
    }
  }
  if (stay) toEnd();
}

/** The first of our last words that the person has not seen yet, as far as this page knows; after the last when there is none. */
function unseen(): number {
  const ours = all<HTMLElement>(".word-ours[data-number], .word-bot[data-number]", thread ?? document);
  const found = ours.filter((one) => !one.querySelector(".word-read")).map((one) => Number(one.dataset["number"]));
  return Math.max(last() - BACK, Math.min(last() + 1, ...found));
}

let reading = false;
let wanted = 0; // from which number on it is to be read once more; 0: it is not
/** What was said from number `since` on: without it what is new alone. */
async function read(since = last() + 1): Promise<void> {
  wanted = wanted ? Math.min(wanted, since) : since;
  if (reading) return;
  reading = true;
  try {
    while (wanted) {
      const from = Math.max(1, wanted);
      wanted = 0;
      const answer = await fetch(asked(`piece=thread&since=${from}`), { redirect: "manual" });
      if (answer.ok) take(await answer.text());
      if (answer.ok && last() >= from + FULL - 1 && !wanted) wanted = last() + 1;
    }
  } catch {
    // the stream tells again when it is back
  } finally {
    reading = false;
  }
}
const readBack = (): Promise<void> => read(last() - BACK);

let later = 0;
/** What the stream brought was looked at: to ask what is new says so. Whoever answers within the second has said so by that. */
function readSoon(): void {
  window.clearTimeout(later);
  later = window.setTimeout(() => void read(), 1_000);
}

/** The person has seen what is up to `number`, on a channel where that is all there is to know of a word of ours. */
function seen(number: number): void {
  const words = thread?.dataset["seen"];
  if (!words) return;
  for (const one of all<HTMLElement>(".word-ours[data-number], .word-bot[data-number]", thread ?? document)) {
    const tick = one.querySelector(".word-sent");
    if (!tick || Number(one.dataset["number"]) > number) continue;
    tick.classList.replace("word-sent", "word-read");
    tick.textContent = words;
  }
}

/** What they have just written came with the stream's sign of it. What lies between is asked for when that sign comes. */
function arrived(fact: Fact): void {
  const { html, number } = fact.data ?? {};
  if (!html || !number || number > last() + 1) return;
  take(html);
  seen(number);
  readSoon();
}

/** Whose it is has changed: the buttons, the reply box and what stands beside it are read anew. */
async function readHead(): Promise<void> {
  const answer = await fetch(piece, { redirect: "manual" }).catch(() => null);
  if (!answer?.ok) return;
  const fresh = parse(await answer.text());
  for (const id of ["talk-head", "talk-beside", "talk-reply"]) {
    const [old, now] = [document.getElementById(id), fresh.getElementById(id)];
    if (!old || !now || old.contains(document.activeElement)) continue;
    if (id === "talk-reply" && !!old.querySelector("form") === !!now.querySelector("form")) continue; // words stay
    old.innerHTML = now.innerHTML;
    htmx()?.process(old);
    document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: old } }));
  }
}

function typing(fact: Fact): void {
  const box = document.getElementById("talk-typing");
  if (!box || fact.data?.side !== "citizen") return;
  const stay = atEnd();
  box.textContent = fact.data.preview || (box.dataset["words"] ?? "");
  box.hidden = false;
  window.clearTimeout(Number(box.dataset["until"]));
  box.dataset["until"] = String(window.setTimeout(() => (box.hidden = true), 6_000));
  if (stay) toEnd();
}

function setupLive(): void {
  const mine = (event: Event): Fact | null => {
    const fact = (event as CustomEvent<Fact>).detail;
    return fact.data?.conversation_id === talk ? fact : null;
  };
  const on = (kinds: string, run: (fact: Fact) => void): void => {
    for (const kind of kinds.split(" "))
      document.body.addEventListener(`balcao:${kind}`, (event) => {
        const fact = mine(event);
        if (fact) run(fact);
      });
  };
  on("Words", arrived);
  on("MessageReceived MessageSaid ConversationNoted InterviewMoved", (fact) => {
    const box = document.getElementById("talk-typing");
    if (box) box.hidden = true;
    if ((fact.data?.number ?? Infinity) > last()) void read(unseen()); // ours came back with its own sending; who writes has read
  });
  on("FilesCame", () => void readBack());
  on("MessageMoved", () => void read(unseen()));
  on("ConversationRead", (fact) => {
    if (fact.data?.sort === "staff") return;
    seen(fact.data?.number ?? 0);
    if (!thread?.dataset["seen"] && unseen() <= last()) void read(unseen());
  });
  const moved = document.getElementById("talk-head")?.dataset["liveOn"] ?? "";
  on(moved, () => void readBack().then(readHead));
  on("Typing", typing);
  on("Looking", () => document.dispatchEvent(new CustomEvent("balcao:beat-now")));
  document.body.addEventListener("balcao:hello", () => void read());
  document.body.addEventListener("balcao:reset", () => void readBack().then(readHead));
}

const fresh = (): string => Array.from(crypto.getRandomValues(new Uint8Array(12)), (n) => n.toString(16).padStart(2, "0")).join("");

function pending(words: string, files: number): HTMLElement {
  const list = thread?.querySelector("[data-day]:last-of-type ol") ?? thread?.appendChild(make("ol"));
  const body = make("div", { class: "word-body" }, make("div", { class: "word-text", dir: "auto" }, words || `+${files}`));
  const line = make("li", { class: "word word-ours is-pending" }, body, make("p", { class: "word-meta", role: "status" }, text("sending")));
  list?.append(line);
  toEnd();
  return line;
}

async function send(form: HTMLFormElement): Promise<void> {
  const area = form.querySelector<HTMLTextAreaElement>("textarea");
  const id = form.querySelector<HTMLInputElement>("[name=client_id]");
  const data = new FormData(form);
  const files = data.getAll("files").filter((one) => one instanceof File && one.size > 0).length;
  if (!area || !id || (!area.value.trim() && !files)) return area?.focus();
  data.set("piece", "1");
  const words = area.value;
  const line = pending(words, files);
  id.value = fresh(); // the next words are others, whatever becomes of these
  form.reset();
  area.value = "";
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
  await deliver(form, data, line);
}

async function deliver(form: HTMLFormElement, data: FormData, line: HTMLElement): Promise<void> {
  const meta = line.querySelector<HTMLElement>(".word-meta");
  let why = text("failed");
  try {
    data.set("since", String(last() + 1)); // what was said until then comes with the answer
    // words alone are short, and go a short way; a file wants its own kind of form
    const alone = !data.getAll("files").some((one) => one instanceof File && one.size > 0);
    if (alone) data.delete("files");
    const body = alone ? new URLSearchParams(data as unknown as Record<string, string>) : data;
    const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
    if (answer.ok) {
      take(await answer.text());
      if (all("[data-number]", thread ?? document).pop()?.matches(".word-ours")) window.clearTimeout(later);
      line.remove();
      return;
    }
    // signed out meanwhile: the words wait on our side until they have signed in again
    if (answer.type === "opaqueredirect") return location.assign(form.action);
    if (answer.status === 422) why = ((await answer.json()) as { error: string }).error;
  } catch {
    // no connection
  }
  line.classList.add("is-lost");
  const retry = make("button", { type: "button", class: "btn btn-quiet btn-sm" }, text("retry"));
  retry.addEventListener("click", () => {
    line.classList.remove("is-lost");
    meta?.replaceChildren(text("sending"));
    data.set("csrfmiddlewaretoken", token());
    void deliver(form, data, line); // the same id: said once, however often it is tried
  });
  meta?.replaceChildren(why, " ", retry);
}

function setupReply(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (form.id !== "reply") return;
    event.preventDefault();
    event.stopPropagation();
    void send(form);
  }, true);
  document.addEventListener("keydown", (event) => {
    const area = event.target as HTMLElement;
    if (area.id !== "id_text" || event.isComposing) return;
    if (event.key === "Escape") area.blur();
    if (event.key !== "Enter" || event.shiftKey || matchMedia("(pointer: coarse)").matches) return;
    event.preventDefault();
    area.closest("form")?.requestSubmit();
  });
  let told = 0;
  document.addEventListener("input", (event) => {
    const area = event.target as HTMLTextAreaElement;
    if (area.id !== "id_text") return;
    area.rows = Math.min(8, Math.max(2, area.value.split("\n").length));
    const url = page?.dataset["typing"];
    if (!url || !area.value || Date.now() - told < 2_000) return;
    told = Date.now();
    void fetch(url, { method: "POST", body: new URLSearchParams({ csrfmiddlewaretoken: token() }), redirect: "manual" }).catch(() => null);
  });
  document.addEventListener("change", (event) => {
    const input = event.target as HTMLInputElement;
    const box = document.querySelector("[data-reply-chosen]");
    if (input.matches("[data-reply-files]") && box) box.textContent = Array.from(input.files ?? [], (one) => one.name).join(", ");
  });
}

function setupOlder(): void {
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLElement>("[data-older]");
    if (!link) return;
    event.preventDefault();
    void fetch(asked(`piece=older&before=${link.dataset["older"]}`)).then(async (answer) => {
      if (!answer.ok || !thread || !scroll) return;
      const days = all<HTMLElement>("[data-day]", parse(await answer.text()));
      const before = scroll.scrollHeight;
      thread.prepend(...days);
      const first = Number(days[0]?.querySelector<HTMLElement>("[data-number]")?.dataset["number"] ?? 1);
      if (first > 1) link.dataset["older"] = String(first);
      else link.parentElement?.remove();
      scroll.scrollTop += scroll.scrollHeight - before;
    });
  });
}

/** The page, now and whenever a form that htmx has sent brings another: this module runs once. */
function found(): void {
  const here = document.querySelector<HTMLElement>("[data-talk]");
  if (here && !once(here, "found")) return;
  page = here;
  talk = Number(page?.dataset["talk"] ?? 0);
  piece = page?.dataset["piece"] ?? "";
  thread = document.getElementById("talk-thread");
  scroll = document.getElementById("talk-scroll");
  toEnd();
  if (here) document.getElementById("act")?.scrollIntoView({ block: "nearest" });
}

setupReply();
setupOlder();
onContent(found);
setupLive();
