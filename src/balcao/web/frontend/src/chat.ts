// The chat: `<script src="https://HOST/chat/widget.js" data-chat="KEY" async>` on any page, or our own page's
// `<div data-chat-page="KEY">`. It stands in a shadow tree of its own, brings its own styles, and asks for no framework.
import { Answer } from "./chat-answer";
import style from "./chat.css";
import { hello as ask, Line } from "./chat-line";
import { bubble, button, fill, type Hands, make, pending } from "./chat-messages";
import type { Hello, Said, Waiting } from "./chat-shapes";

const TYPED = 6_000; // milliseconds for which a sign of typing is believed

class Chat {
  private readonly root: ShadowRoot;
  private readonly list = make("ol");
  private readonly state = make("div", { class: "state", role: "status" });
  private readonly sign = make("p", { class: "typing", "aria-live": "polite" });
  private readonly log = make("div", { class: "log", role: "log", tabindex: "0" });
  private readonly panel: HTMLElement;
  private readonly answer: Answer;
  private readonly badge = make("span", { class: "badge" });
  private launch: HTMLButtonElement | null = null;
  private shown = "";
  private seen = -1;
  private newest = true; // the newest word is in sight, and stays so whatever grows: a picture comes later than its message
  private timer = 0;
  private readonly items = new Map<string, HTMLLIElement>();
  private readonly line: Line;

  constructor(host: HTMLElement, base: string, key: string, private readonly page: boolean, lang: string, private readonly hello: Hello) {
    this.root = host.attachShadow({ mode: "open" });
    dress(this.root, base);
    this.line = new Line(base, key, page, lang, {
      changed: () => this.show(),
      typing: () => this.typing(),
      refused: (one) => this.answer.say(one.why ?? ""),
    });
    this.answer = new Answer(hello, {
      say: (body, shown, more) => {
        this.newest = true;
        this.line.say(body, shown, more);
      },
      typing: (preview) => this.line.typing(preview),
      rest: () => this.log.focus({ preventScroll: true }),
    });
    this.log.setAttribute("aria-label", this.word("log"));
    this.panel = this.build();
    const shell = make("div", { class: `chat ${page ? "page" : "widget"} theme-${hello.theme}`, lang: hello.language }, this.panel);
    if (!page) shell.append(this.launcher());
    this.root.append(shell);
    if (this.line.outbox.list().length || page) this.open(false);
    this.line.start();
    this.show();
  }

  private word(name: string): string {
    return this.hello.words[name] ?? "";
  }

  private build(): HTMLElement {
    const title = fill(this.word("title"), { name: this.hello.name });
    const head = make("div", { class: "head" }, make("h2", { id: "title" }, title), button("×", "quiet close", () => this.close()));
    head.hidden = this.page; // which has its heading
    head.querySelector(".close")?.setAttribute("aria-label", this.word("close"));
    this.log.append(button(this.word("earlier"), "quiet earlier", () => void this.line.earlier()), make("p", { class: "greeting" }, this.word("greeting")), this.list);
    const foot = make("p", { class: "foot" }, button(this.word("end"), "quiet end", () => this.end()));
    const panel = make("section", { id: "panel", ...(this.page ? {} : { role: "dialog", "aria-labelledby": "title" }) }, head, this.log, this.sign, this.state, this.answer.element, foot);
    panel.addEventListener("keydown", (event) => event.key === "Escape" && !this.page && this.close());
    this.log.addEventListener("scroll", () => {
      this.newest = this.bottom();
      this.read();
    });
    const sizes = new ResizeObserver(() => this.newest && this.down());
    for (const one of [this.log, this.list]) sizes.observe(one);
    document.addEventListener("visibilitychange", () => this.read());
    return panel;
  }

  private launcher(): HTMLButtonElement {
    this.panel.hidden = true;
    this.launch = button(this.word("open"), "launch primary", () => this.open(true));
    this.launch.setAttribute("aria-haspopup", "dialog");
    this.launch.append(this.badge);
    return this.launch;
  }

  private open(focus: boolean): void {
    this.panel.hidden = false;
    if (this.launch) this.launch.hidden = true;
    this.show();
    this.down();
    if (focus) this.answer.focus();
  }

  private bottom(): boolean {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
  }

  private down(): void {
    this.log.scrollTop = this.log.scrollHeight;
  }

  private close(): void {
    this.panel.hidden = true;
    if (!this.launch) return;
    this.launch.hidden = false;
    this.launch.focus();
  }

  /** Asked once more, in the very place: no window of the browser's, which a frame or a setting may swallow. */
  private end(): void {
    const foot = this.panel.querySelector(".foot");
    const rest = button(this.word("end"), "quiet end", () => this.end());
    const no = button(this.word("no_end"), "quiet", () => foot?.replaceChildren(rest));
    const yes = button(this.word("yes_end"), "choice", () => void this.line.leave().then(() => foot?.replaceChildren(rest)));
    foot?.replaceChildren(make("span", { role: "alert" }, this.word("end_sure")), yes, no);
    no.focus();
  }

  private typing(): void {
    const who = this.line.standing?.attendant || this.word("us");
    this.sign.textContent = `${who} ${this.word("typing")}`;
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => (this.sign.textContent = ""), TYPED);
  }

  private show(): void {
    const { said, standing, outbox } = this.line;
    const hands: Hands = {
      file: (uuid, small) => this.line.file(uuid, small),
      again: (one) => this.line.again(one),
      back: (one) => this.takeBack(one),
    };
    const wanted: [string, () => HTMLLIElement][] = said.map((one) => {
      const read = one.talk === standing?.talk ? (standing?.read ?? 0) : one.number;
      return [`${one.talk}.${one.number}.${one.from === "me" && one.number <= read}`, () => bubble(one, read, this.hello.words, this.hello.language, hands)];
    });
    for (const one of outbox.list()) wanted.push([`${one.id}.${one.why ?? ""}.${one.gone ?? ""}`, () => pending(one, this.hello.words, hands)]);
    this.place(wanted);
    const newest = said[said.length - 1];
    if (newest && newest.from !== "me") this.sign.textContent = "";
    this.panel.querySelector<HTMLElement>(".greeting")!.hidden = wanted.length > 0;
    this.panel.querySelector<HTMLElement>(".earlier")!.hidden = !said.length || (said[0]?.number ?? 1) <= 1;
    this.panel.querySelector<HTMLElement>(".foot")!.hidden = !standing || standing.state === "closed";
    this.say();
    const quiet = !outbox.list().some((one) => !one.why);
    const closed = standing?.state === "closed";
    this.answer.ask(quiet ? asked(said, closed) : null, this.hello.interview && !wanted.length);
    if (this.newest) this.down();
    this.count(said);
    this.read();
  }

  /** Only what is new or has changed is touched: a screen reader reads it once, and nobody's selection is lost. */
  private place(wanted: [string, () => HTMLLIElement][]): void {
    const keys = new Set(wanted.map(([key]) => key));
    for (const [key, item] of this.items) {
      if (keys.has(key)) continue;
      item.remove();
      this.items.delete(key);
    }
    let before: ChildNode | null = this.list.firstChild;
    for (const [key, draw] of wanted) {
      const known = this.items.get(key);
      if (known && known === before) {
        before = before.nextSibling;
        continue;
      }
      const item = known ?? draw();
      this.items.set(key, item);
      this.list.insertBefore(item, before);
    }
  }

  private takeBack(one: Waiting): void {
    this.line.outbox.arrived(one.id);
    this.show();
    this.answer.restore(String(one.body["text"] ?? ""));
  }

  private say(): void {
    const { standing, offline, busy, closed, said } = this.line;
    const told: string[] = [];
    if (closed) told.push(this.word("not_here"));
    else if (offline) told.push(this.word("offline"));
    else if (busy) told.push(this.word("busy"));
    if (standing?.at) told.push(standing.at);
    if (standing?.line) told.push(standing.line);
    if (standing?.away || !said.length) told.push(standing ? standing.away : this.hello.away);
    if (standing?.attendant && standing.there) told.push(fill(this.word("with"), { name: standing.attendant }));
    if (standing?.state === "closed") told.push(this.word("ended"));
    const text = told.filter(Boolean).join("\n");
    if (text === this.shown) return;
    this.shown = text;
    this.state.replaceChildren(...text.split("\n").filter(Boolean).map((one) => make("p", {}, one)));
  }

  private count(said: Said[]): void {
    const theirs = said.filter((one) => one.from !== "me").length;
    if (!this.panel.hidden || this.seen < 0) this.seen = theirs;
    const unread = theirs - this.seen;
    this.badge.textContent = unread > 0 ? String(unread) : "";
    this.launch?.setAttribute("aria-label", unread > 0 ? `${this.word("open")} · ${this.word("new")}: ${unread}` : this.word("open"));
  }

  private read(): void {
    if (!this.panel.hidden && !document.hidden && this.bottom()) this.line.read();
  }
}

/** The bubble that waits for an answer: of our last word, unless the person has answered it. */
function asked(said: Said[], closed: boolean) {
  const newest = said[said.length - 1];
  return newest && newest.from !== "me" && (!closed || newest.bubble?.choices.length) ? (newest.bubble ?? null) : null;
}

/** A sheet made by script passes every content policy; an old browser takes it as a file. */
function dress(root: ShadowRoot, base: string): void {
  if ("adoptedStyleSheets" in Document.prototype && "replaceSync" in CSSStyleSheet.prototype) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    root.adoptedStyleSheets = [sheet];
  } else root.append(make("link", { rel: "stylesheet", href: `${base}/chat/widget.css` }));
}

async function begin(script: HTMLScriptElement | null): Promise<void> {
  const own = document.querySelector<HTMLElement>("[data-chat-page]");
  const key = own?.dataset["chatPage"] ?? script?.dataset["chat"] ?? "";
  const base = own ? location.origin : new URL(script?.src ?? location.href).origin;
  if (!key || !window.fetch || !window.ReadableStream) return; // the page's own form stays
  const lang = script?.dataset["lang"] || document.documentElement.lang || navigator.language;
  const hello = await ask(base, key, lang);
  const host = make("div", own ? { class: "chat-host" } : { "data-balcao-chat": "" });
  if (own) own.replaceChildren(host);
  else document.body.append(host);
  new Chat(host, base, key, own !== null, lang, hello);
}

const script = document.currentScript as HTMLScriptElement | null;
const ready = () => void begin(script).catch(() => undefined);
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready);
else ready();
