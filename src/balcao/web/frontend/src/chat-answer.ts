// Below the messages: what an interview offers to tap or tick, and the field in which one writes, fit for what is asked.
import { canRecord, record, type Recording } from "./chat-voice";
import { button, icon, make } from "./chat-messages";
import type { Bubble, Choice, Hello } from "./chat-shapes";
import { shrink } from "./shrink";

const LONGEST = 10_000;
const LARGEST = 25 * 1024 * 1024; // bytes of a file, as the server takes it
const OFTEN = 2_000;
const TYPES: Record<string, string> = { date: "date", datetime: "datetime-local", email: "email", phone: "tel" };

export interface Mouth {
  say(body: Record<string, unknown>, shown: string, more?: { secret?: boolean; files?: File[] }): void;
  typing(preview: string): void;
  /** What had the focus is gone: it goes where one reads on. */
  rest(): void;
}

export class Answer {
  readonly element = make("div", { class: "answer" });
  private readonly offers = make("div", { class: "offers" });
  private readonly note = make("p", { class: "note", role: "alert" });
  private readonly form = make("form", { class: "composer" });
  private field: HTMLInputElement | HTMLTextAreaElement = make("textarea");
  private asked: Bubble | null = null;
  private shape = "";
  private told = 0;
  private recording: Recording | null = null;

  constructor(private readonly hello: Hello, private readonly mouth: Mouth) {
    this.form.noValidate = true;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.element.append(this.offers, this.note, this.form);
    this.ask(null, false, true);
  }

  private word(name: string): string {
    return this.hello.words[name] ?? "";
  }

  focus(): void {
    const first = this.offers.querySelector<HTMLElement>("button.start");
    this.enter(first ?? this.field);
  }

  /** No further than it must: a browser's own way puts the field in the middle of a phone, and the talk out of sight. */
  private enter(there: HTMLElement = this.field): void {
    there.focus({ preventScroll: true });
    there.scrollIntoView({ block: "nearest" });
  }

  say(note: string): void {
    this.note.textContent = note;
  }

  /** Put words back that did not go off. */
  restore(text: string): void {
    this.field.value = this.field.value ? `${this.field.value}\n${text}` : text;
    this.enter();
  }

  /** What is asked now; `begin`: nothing was said yet and an interview comes first. */
  ask(asked: Bubble | null, begin: boolean, force = false): void {
    const shape = JSON.stringify([asked, begin]);
    if (shape === this.shape && !force) return;
    this.shape = shape;
    this.asked = asked;
    const tapped = this.offers.contains((this.element.getRootNode() as ShadowRoot).activeElement);
    this.offers.replaceChildren();
    if (tapped) this.mouth.rest();
    this.form.hidden = begin;
    if (begin) return this.offers.append(button(this.word("start"), "primary start", () => this.mouth.say({ text: this.word("hello") }, this.word("hello"))));
    if (asked) this.offer(asked);
    this.compose(asked);
  }

  private offer(asked: Bubble): void {
    const own = asked.choices.filter((one) => !one.aside);
    const group = make("fieldset", {}, make("legend", { class: "hidden" }, this.word("choose")));
    if (asked.expects === "several") {
      for (const one of own) group.append(make("label", { class: "tick" }, make("input", { type: "checkbox", value: one.id }), this.named(one)));
      group.append(button(this.word("tick"), "primary", () => this.ticked(own, group)));
    }
    for (const one of asked.expects === "several" ? asked.choices.filter((choice) => choice.aside) : asked.choices) {
      const tap = button("", one.aside ? "quiet" : "choice", () => this.mouth.say({ tap: one.id, title: one.label, text: one.label }, one.label));
      tap.append(this.named(one));
      group.append(tap);
    }
    if (asked.expects === "place" && "geolocation" in navigator) group.append(button(this.word("use_place"), "choice", () => this.here()));
    if (group.children.length > 1) this.offers.append(group);
  }

  private named(one: Choice): HTMLSpanElement {
    const name = make("span", { dir: "auto" }, one.label);
    if (one.help) name.append(make("small", {}, one.help));
    return name;
  }

  private ticked(own: Choice[], group: HTMLElement): void {
    const ids = Array.from(group.querySelectorAll<HTMLInputElement>("input:checked"), (box) => box.value);
    if (!ids.length) return this.say(this.word("nothing_ticked"));
    const shown = own.filter((one) => ids.includes(one.id)).map((one) => one.label).join(", ");
    this.say("");
    this.mouth.say({ raw: ids.map((id) => id.slice(id.indexOf("=") + 1)), text: shown }, shown);
  }

  private here(): void {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => this.mouth.say({ lat: coords.latitude, lon: coords.longitude }, this.word("place")),
      () => this.say(this.word("no_place")),
      { timeout: 15_000 },
    );
  }

  private compose(asked: Bubble | null): void {
    const typed = this.field.value;
    const had = this.form.contains(document.activeElement) || this.form.contains((this.form.getRootNode() as ShadowRoot).activeElement ?? null);
    const type = TYPES[asked?.expects ?? ""] ?? (asked?.sensitive || asked?.expects === "number" ? "text" : "");
    this.field = type ? make("input", { type }) : make("textarea", { rows: "1" });
    for (const [name, value] of Object.entries({ id: "field", autocomplete: "off", placeholder: this.word("write"), enterkeyhint: "send", dir: "auto" })) this.field.setAttribute(name, value);
    if (asked?.expects === "number") this.field.inputMode = "decimal";
    if (!type.startsWith("date")) this.field.value = typed;
    this.field.addEventListener("input", () => this.typed());
    this.field.addEventListener("keydown", (event) => {
      const key = event as KeyboardEvent;
      if (key.key !== "Enter" || key.shiftKey || key.isComposing || matchMedia("(pointer: coarse)").matches) return;
      key.preventDefault();
      this.send();
    });
    const label = make("label", { for: "field", class: "hidden" }, this.word("write"));
    this.form.replaceChildren(label, this.attach(), this.field, icon("send", this.word("send"), "primary"));
    if (canRecord()) this.field.before(this.microphone());
    if (had) this.enter();
  }

  private typed(): void {
    this.say("");
    if (this.field instanceof HTMLTextAreaElement) this.field.rows = Math.min(6, this.field.value.split("\n").length + Math.floor(this.field.value.length / 60));
    if (this.asked?.sensitive || Date.now() - this.told < OFTEN) return;
    this.told = Date.now();
    this.mouth.typing(this.field.value.slice(-300));
  }

  private send(): void {
    const text = this.field.value;
    if (!text.trim()) return this.enter();
    if (text.length > LONGEST) return this.say(this.word("too_long"));
    const moment = this.field.type === "date" || this.field.type === "datetime-local";
    const shown = moment ? new Date(`${text}${text.includes("T") ? "" : "T12:00"}`).toLocaleString(this.hello.language, text.includes("T") ? { dateStyle: "short", timeStyle: "short" } : { dateStyle: "short" }) : text;
    this.mouth.say(moment ? { raw: text, text: shown } : { text }, shown, this.asked?.sensitive ? { secret: true } : {});
    this.field.value = "";
    if (this.field instanceof HTMLTextAreaElement) this.field.rows = 1;
    this.say("");
    this.enter();
  }

  private attach(): HTMLElement {
    const choose = make("input", { type: "file", multiple: "", class: "hidden", tabindex: "-1", "aria-hidden": "true" });
    choose.addEventListener("change", () => {
      const files = Array.from(choose.files ?? []);
      choose.value = "";
      if (files.length) void Promise.all(files.map(shrink)).then((small) => this.take(small));
    });
    const wanted = this.asked?.expects === "files";
    const press = wanted ? button(this.word("attach"), "choice", () => choose.click()) : icon("clip", this.word("attach"), "quiet", () => choose.click());
    return make("span", {}, press, choose);
  }

  /** What the server would not take is not sent for minutes first. */
  private take(files: File[]): void {
    const fit = files.filter((file) => file.size <= LARGEST);
    this.say(fit.length < files.length ? this.word("too_large") : "");
    if (fit.length) this.mouth.say({}, fit.map((file) => file.name).join(", "), { files: fit });
  }

  private microphone(): HTMLElement {
    const holder = make("span");
    const rest = () => holder.replaceChildren(icon("voice", this.word("record"), "quiet", () => void begin()));
    const end = (keep: boolean) =>
      void this.recording?.end(keep).then((file) => {
        this.recording = null;
        rest();
        if (file) this.mouth.say({ voice: "1" }, this.word("file"), { files: [file] });
      });
    const begin = async () => {
      try {
        this.recording = await record();
      } catch {
        return this.say(this.word("no_mic"));
      }
      const keep = button(this.word("stop"), "primary", () => end(true));
      holder.replaceChildren(make("span", { role: "status" }, this.word("recording")), keep, button(this.word("drop"), "quiet", () => end(false)));
      keep.focus();
    };
    rest();
    return holder;
  }
}
