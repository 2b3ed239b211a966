// The live stream: `<body data-live="/stream/">`. Each event becomes a DOM event `balcao:KIND` on <body> (detail: id, kind, data).
// An element with `data-live-refresh="/url"` (optional `data-live-on="KIND KIND"`) is fetched again, at most every two seconds;
// with `data-live-first` also as soon as the stream is there, because to open the page is itself what changes it;
// one with `hx-trigger="balcao:KIND from:body"` is htmx's own business. The bell counts the kinds in its `data-live-kinds`.
// Two kinds are the stream's own: "hello" (where we stand), "reset" (too much was missed: everything is read anew).
import { setupBeat } from "./beat";
import { all } from "./dom";

interface Fact {
  id: string;
  kind: string;
  data: unknown;
}
interface Htmx {
  ajax(verb: string, path: string, context: { target: Element; swap: string }): Promise<void>;
}

const CALM = 2_000; // milliseconds
let source: EventSource | null = null;
let heard = new Set<string>();
let last = "";
let failures = 0;
const waiting = new Set<Element>();

const htmx = () => (window as unknown as { htmx?: Htmx }).htmx;
const words = (list: string | undefined) => (list ?? "").split(/\s+/).filter(Boolean);

function refresh(element: HTMLElement): void {
  const url = element.dataset["liveRefresh"];
  if (!url || waiting.has(element)) return;
  waiting.add(element);
  const run = () => {
    if (!document.contains(element)) return waiting.delete(element);
    // not under someone's hands: it waits until they have left it; a list whose rows have ids keeps their place by itself
    if (!element.hasAttribute("data-live-anyway") && element.contains(document.activeElement)) return window.setTimeout(run, CALM);
    waiting.delete(element);
    return htmx()?.ajax("get", url, { target: element, swap: element.dataset["liveSwap"] ?? "innerHTML" });
  };
  window.setTimeout(run, CALM);
}

function ring(kind: string): void {
  for (const bell of all("[data-live-bell]")) {
    const count = bell.querySelector<HTMLElement>("[data-live-count]");
    if (!count || !words(bell.dataset["liveKinds"]).includes(kind)) continue;
    count.textContent = String(Number(count.textContent || "0") + 1);
    count.hidden = false;
  }
}

function handle(message: MessageEvent<string>): void {
  const first = !last;
  if (message.lastEventId) last = message.lastEventId;
  failures = 0;
  const kind = message.type;
  if (kind === "hello") {
    // what happened between the drawing of the page and this moment was told to nobody here
    document.body.dispatchEvent(new CustomEvent("balcao:hello"));
    if (!first) return;
    for (const element of all("[data-live-refresh]")) if (performance.now() > CALM || element.hasAttribute("data-live-first")) refresh(element);
    return;
  }
  let data: unknown = null;
  try {
    data = JSON.parse(message.data);
  } catch {
    // an event without data is allowed
  }
  const fact: Fact = { id: message.lastEventId, kind, data };
  document.body.dispatchEvent(new CustomEvent(`balcao:${kind}`, { detail: fact }));
  ring(kind);
  for (const element of all("[data-live-refresh]")) {
    const on = words(element.dataset["liveOn"]);
    if (kind === "reset" || !on.length || on.includes(kind)) refresh(element);
  }
}

/** EventSource tells named events only to who asked for the name: what the page mentions now. */
function listen(): void {
  const kinds = new Set(["hello", "reset"]);
  for (const element of all("[data-live-kinds], [data-live-on], [hx-trigger*='balcao:']")) {
    for (const kind of [...words(element.dataset["liveKinds"]), ...words(element.dataset["liveOn"])]) kinds.add(kind);
    for (const hit of (element.getAttribute("hx-trigger") ?? "").matchAll(/balcao:(\w+)/g)) kinds.add(hit[1] ?? "");
  }
  for (const kind of kinds) {
    if (!kind || heard.has(kind)) continue;
    heard.add(kind);
    source?.addEventListener(kind, handle as EventListener);
  }
}

function close(): void {
  source?.close();
  source = null;
  heard = new Set();
}

function open(): void {
  const url = document.body.dataset["live"];
  if (!url || source || document.hidden) return;
  const address = new URL(url, location.href);
  // a new EventSource sends no Last-Event-ID header: the address carries it
  if (last) address.searchParams.set("after", last);
  source = new EventSource(address);
  listen();
  source.onopen = () => (document.documentElement.dataset["liveState"] = "on");
  source.onerror = () => {
    document.documentElement.dataset["liveState"] = "off";
    if (source?.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    close();
    failures += 1;
    window.setTimeout(open, Math.min(60_000, 1_000 * 2 ** failures) * (0.75 + Math.random() / 2));
  };
}

// a hidden tab holds no connection: ten forgotten tabs are ten streams less
document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
document.addEventListener("htmx:load", () => source && listen());
window.addEventListener("pagehide", close);
window.addEventListener("pageshow", open);
open();
setupBeat();
