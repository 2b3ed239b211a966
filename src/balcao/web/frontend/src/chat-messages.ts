// One message as a list item. Whatever anybody wrote becomes a text node: no HTML of anybody's is ever read.
import type { Said, SentFile, Waiting } from "./chat-shapes";

type Words = Record<string, string>;

export interface Hands {
  file(uuid: string, small: boolean): Promise<string>;
  again(one: Waiting): void;
  back(one: Waiting): void;
}

export function make<K extends keyof HTMLElementTagNameMap>(tag: K, props: Record<string, string> = {}, ...children: (Node | string)[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export function button(label: string, look: string, press: () => void): HTMLButtonElement {
  const element = make("button", { type: "button", class: look }, label);
  element.addEventListener("click", press);
  return element;
}

const SHAPES = {
  clip: "m16 6-8.4 8.6a2 2 0 0 0 2.8 2.8l8.4-8.6a4 4 0 1 0-5.7-5.6l-8.4 8.5a6 6 0 1 0 8.5 8.5l8.4-8.5",
  voice: "M12 19v3M19 10v2a7 7 0 0 1-14 0v-2M12 2a3 3 0 0 1 3 3v7a3 3 0 0 1-6 0V5a3 3 0 0 1 3-3Z",
  send: "M22 2 11 13M22 2l-7 20-4-9-9-4Z",
};

/** A button with a picture; its name is read out and shown to a pointer that rests on it. */
export function icon(shape: keyof typeof SHAPES, name: string, look: string, press?: () => void): HTMLButtonElement {
  const element = make("button", { type: press ? "button" : "submit", class: `icon ${look}`, "aria-label": name, title: name });
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", width: "24", height: "24", fill: "none", stroke: "currentColor", "stroke-width": "2", "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" })) svg.setAttribute(key, value);
  path.setAttribute("d", SHAPES[shape]);
  svg.append(path);
  element.append(svg);
  if (press) element.addEventListener("click", press);
  return element;
}

/** `%(name)s` places of a sentence. */
export const fill = (sentence: string, values: Record<string, string>): string => sentence.replace(/%\((\w+)\)s/g, (_, name: string) => values[name] ?? "");

export function bubble(one: Said, read: number, words: Words, lang: string, hands: Hands): HTMLLIElement {
  const mine = one.from === "me";
  const who = mine ? words["me"] : one.author || (one.from === "bot" ? words["bot"] : words["us"]);
  const item = make("li", { class: `said ${mine ? "mine" : "ours"}${one.bubble?.alert ? " alert" : ""}` });
  item.dataset["number"] = String(one.number);
  item.append(make("p", { class: "who" }, `${who ?? ""} · `, clock(one.at, lang)));
  const body = make("div", { class: "bubble", dir: "auto" });
  if (one.text) body.append(linked(one.text));
  if (one.place) body.append(make("p", {}, `${words["place"] ?? ""}: ${one.place.join(", ")}`));
  for (const file of one.files ?? []) body.append(shownFile(file, words, hands));
  for (const why of one.refused ?? []) body.append(make("p", { class: "scan" }, why));
  if (one.bubble?.link?.startsWith("https://")) body.append(make("p", {}, make("a", { href: one.bubble.link, rel: "noopener noreferrer", target: "_blank" }, one.bubble.link)));
  item.append(body);
  if (mine) item.append(make("p", { class: "mark" }, one.number <= read ? `✓✓ ${words["read"] ?? ""}` : `✓ ${words["sent"] ?? ""}`));
  return item;
}

/** Not in the conversation yet: with a clock, or with what became of it. */
export function pending(one: Waiting, words: Words, hands: Hands): HTMLLIElement {
  const item = make("li", { class: "said mine pending" }, make("p", { class: "who" }, words["me"] ?? ""));
  item.append(make("div", { class: "bubble", dir: "auto" }, make("p", { class: "text" }, one.shown)));
  if (!one.why) {
    item.append(make("p", { class: "mark" }, one.gone ? `✓ ${words["sent"] ?? ""}` : `🕓 ${words["waiting"] ?? ""}`));
    return item;
  }
  const why = make("p", { class: "mark problem" }, fill(words["failed"] ?? "", { why: one.why }));
  const acts = make("p", { class: "acts" }, button(words["again"] ?? "", "quiet", () => hands.again(one)));
  if (one.body["text"] && !one.files) acts.append(button(words["back"] ?? "", "quiet", () => hands.back(one)));
  item.append(why, acts);
  return item;
}

function clock(at: string, lang: string): HTMLTimeElement {
  const moment = new Date(at);
  const today = moment.toDateString() === new Date().toDateString();
  const options: Intl.DateTimeFormatOptions = today ? { hour: "2-digit", minute: "2-digit" } : { day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit" };
  return make("time", { datetime: at }, moment.toLocaleString(lang, options));
}

/** Text with its addresses as links, and nothing else made of it. */
function linked(text: string): HTMLParagraphElement {
  const paragraph = make("p", { class: "text" });
  let from = 0;
  for (const found of text.matchAll(/https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g)) {
    paragraph.append(text.slice(from, found.index));
    paragraph.append(make("a", { href: found[0], rel: "noopener noreferrer", target: "_blank" }, found[0]));
    from = (found.index ?? 0) + found[0].length;
  }
  paragraph.append(text.slice(from));
  return paragraph;
}

function shownFile(file: SentFile, words: Words, hands: Hands): HTMLElement {
  const holder = make("p", { class: "file" });
  const save = button(`${file.name} · ${size(file.size)}`, "quiet save", () => {
    hands.file(file.uuid, false).then(
      (address) => make("a", { href: address, download: file.name, rel: "noopener" }).click(),
      () => undefined,
    );
  });
  save.setAttribute("aria-label", fill(words["save"] ?? "", { name: file.name }));
  holder.append(save);
  if (!file.scanned) holder.append(make("span", { class: "scan" }, ` (${words["not_scanned"] ?? ""})`));
  const sound = file.kind === "audio" || /^voice\./.test(file.name);
  if (file.small || sound)
    hands.file(file.uuid, file.small).then(
      (address) => holder.prepend(sound ? make("audio", { src: address, controls: "", preload: "none" }) : make("img", { src: address, alt: file.name })),
      () => undefined,
    );
  return holder;
}

const size = (bytes: number): string => (bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`);
