// The live stream: `<body data-live="/stream/">`. Each event becomes a DOM event `balcao:KIND` on <body> (detail: id, kind, data).
// An element with `data-live-refresh="/url"` (optional `data-live-on="KIND KIND"`) is fetched again, at most every two seconds;
// one with `hx-trigger="balcao:KIND from:body"` is htmx's own business. The bell counts the kinds in its `data-live-kinds`.
import { all } from "./dom";

interface Fact {
  id: string;
  kind: string;
  data: unknown;
}
interface Htmx {
  ajax(verb: string, path: string, context: { target: Element; swap: string }): Promise<void>;
}

const CALM = 2_000;
let source: EventSource | null = null;
let last = "";
let failures = 0;
const waiting = new Map<Element, number>();

const htmx = () => (window as unknown as { htmx?: Htmx }).htmx;

function refresh(element: HTMLElement): void {
  const url = element.dataset["liveRefresh"];
  if (!url || waiting.has(element)) return;
  waiting.set(
    element,
    window.setTimeout(() => {
      waiting.delete(element);
      // not under someone's hands
      if (!document.contains(element) || element.contains(document.activeElement)) return;
      void htmx()?.ajax("get", url, { target: element, swap: element.dataset["liveSwap"] ?? "innerHTML" });
    }, CALM),
  );
}

function ring(kind: string): void {
  for (const bell of all("[data-live-bell]")) {
    if (!(bell.dataset["liveKinds"] ?? "").split(/\s+/).includes(kind)) continue;
    const count = bell.querySelector<HTMLElement>("[data-live-count]");
    if (!count) continue;
    count.textContent = String(Number(count.textContent || "0") + 1);
    count.hidden = false;
  }
}

function handle(message: MessageEvent<string>): void {
  if (message.lastEventId) last = message.lastEventId;
  failures = 0;
  let data: unknown = message.data;
  try {
    data = JSON.parse(message.data);
  } catch {
    // plain text is allowed
  }
  const named = message.type !== "message" ? message.type : "";
  const kind = named || String((data as { kind?: unknown } | null)?.kind ?? "");
  if (!kind) return;
  const fact: Fact = { id: message.lastEventId, kind, data };
  document.body.dispatchEvent(new CustomEvent(`balcao:${kind}`, { detail: fact, bubbles: true }));
  document.body.dispatchEvent(new CustomEvent("balcao:any", { detail: fact, bubbles: true }));
  ring(kind);
  for (const element of all("[data-live-refresh]")) {
    const on = (element.dataset["liveOn"] ?? "").split(/\s+/).filter(Boolean);
    if (!on.length || on.includes(kind)) refresh(element);
  }
}

function close(): void {
  source?.close();
  source = null;
}

function open(): void {
  const url = document.body.dataset["live"];
  if (!url || source || document.hidden) return;
  const address = new URL(url, location.href);
  // a new EventSource sends no Last-Event-ID header: the address carries it
  if (last) address.searchParams.set("last_event_id", last);
  source = new EventSource(address);
  source.onmessage = handle;
  const kinds = new Set(all("[data-live-kinds], [data-live-on]").flatMap((e) => `${e.dataset["liveKinds"] ?? ""} ${e.dataset["liveOn"] ?? ""}`.split(/\s+/)));
  for (const kind of kinds) if (kind) source.addEventListener(kind, handle as EventListener);
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
window.addEventListener("pagehide", close);
window.addEventListener("pageshow", open);
open();
