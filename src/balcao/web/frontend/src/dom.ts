// Small helpers that every island shares.

/** The words for our scripts, from `web/_ui_text.html`; `{name}` places are filled from `values`. */
export function text(key: string, values: Record<string, string | number> = {}): string {
  const raw = document.getElementById("ui-text")?.dataset[key] ?? "";
  return raw.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

export function all<T extends Element = HTMLElement>(selector: string, root: ParentNode = document): T[] {
  const found = Array.from(root.querySelectorAll<T>(selector));
  return root instanceof Element && root.matches(selector) ? [root as unknown as T, ...found] : found;
}

export function make<K extends keyof HTMLElementTagNameMap>(tag: K, props: Record<string, string> = {}, ...children: (Node | string)[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A button of ours; `variant` as in the `button` tag. */
export function button(label: string, variant: string, onClick: () => void): HTMLButtonElement {
  const element = make("button", { type: "button", class: `btn btn-${variant}` }, label);
  element.addEventListener("click", onClick);
  return element;
}

const ready: ((root: ParentNode) => void)[] = [];

/** Runs `setup` on the page now, and on every part that htmx brings in later. `setup` must bear being run twice. */
export function onContent(setup: (root: ParentNode) => void): void {
  ready.push(setup);
  setup(document);
}

document.addEventListener("htmx:load", (event) => {
  const root = (event as CustomEvent<{ elt: HTMLElement }>).detail.elt;
  for (const setup of ready) setup(root);
});

/** True once per element and key. */
export function once(element: HTMLElement, key: string): boolean {
  if (element.dataset[key] === "1") return false;
  element.dataset[key] = "1";
  return true;
}

/** One message at the foot of the screen, replaced by the next; announced politely. */
export function toast(message: string, tone: "info" | "warning" | "danger" | "success", ...actions: HTMLElement[]): HTMLElement {
  dismiss();
  const box = make("div", { class: `notice toast tone-${tone}`, role: "status", id: "toast" });
  const body = make("div", { class: "notice-body" }, make("p", {}, message));
  if (actions.length) body.append(make("div", { class: "actions" }, ...actions));
  box.append(body);
  document.body.append(box);
  return box;
}

export function dismiss(): void {
  document.getElementById("toast")?.remove();
}
