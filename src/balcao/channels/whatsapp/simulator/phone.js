// The phone's page: shows what the simulator's state says, and tells it what the person does.
"use strict";

const by = (id) => document.getElementById(id);
const list = by("bubbles");
let shown = "";

async function tell(path, what) {
  const body = JSON.stringify(what);
  await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  await look();
}

const TICKS = { sent: "✓", delivered: "✓✓", read: "✓✓ lida", failed: "não entregue" };

function element(name, text, parent) {
  const made = document.createElement(name);
  made.textContent = text;
  parent.append(made);
  return made;
}

// A text, an interactive message or a template, as the phone would show it.
function draw(bubble) {
  const item = document.createElement("li");
  const part = bubble.shown[bubble.shown.type] ?? {};
  item.className = (bubble.mine ? "mine " : "") + bubble.state;
  element("span", words(bubble.shown.type, part), item);
  if (!bubble.mine && part.action) {
    for (const { reply } of part.action.buttons ?? []) tap(item, bubble, "button_reply", reply);
    for (const section of part.action.sections ?? [])
      for (const row of section.rows) tap(item, bubble, "list_reply", row);
  }
  const hour = new Date(bubble.at * 1000).toLocaleTimeString("pt-BR", { hour: "2-digit", minute: "2-digit" });
  element("small", `${hour} ${TICKS[bubble.state] ?? ""}`, item);
  return item;
}

function words(type, part) {
  if (type === "text") return part.body;
  if (type === "interactive") return part.body?.text ?? part[part.type]?.title ?? "";
  if (type === "template") return `[modelo ${part.name}] ` + (part.components ?? [])
    .flatMap((one) => one.parameters.map((given) => given.text)).join(" · ");
  if (type === "location") return `📍 ${part.latitude}, ${part.longitude}`;
  return part.caption ?? part.filename ?? `[${type}]`;
}

function tap(item, bubble, how, choice) {
  const button = element("button", choice.title, item);
  button.type = "button";
  if (choice.description) button.title = choice.description;
  button.addEventListener("click", () =>
    tell("say", { kind: "interactive", part: { type: how, [how]: choice }, about: bubble.id }));
}

async function look() {
  let state;
  try {
    state = await (await fetch("state")).json();
  } catch {
    by("answer").textContent = "O simulador não responde.";
    return;
  }
  by("number").textContent = state.number;
  by("typing").textContent = state.typing ? "digitando…" : "";
  const last = state.answers.at(-1);
  by("answer").textContent = last === undefined ? "" : `A última entrega foi respondida com ${last || "nada"}.`;
  const now = JSON.stringify(state.bubbles);
  if (now !== shown) {
    shown = now;
    list.replaceChildren(...state.bubbles.map(draw));
    list.scrollTop = list.scrollHeight;
    if (document.visibilityState === "visible" && state.bubbles.some((one) => !one.mine && one.state === "delivered"))
      await fetch("look", { method: "POST" });
  }
}

by("write").addEventListener("submit", (event) => {
  event.preventDefault();
  const body = by("words").value;
  if (!body) return;
  by("words").value = "";
  tell("say", { kind: "text", part: { body } });
});

by("place").addEventListener("click", () =>
  tell("say", { kind: "location", part: { latitude: -22.8547, longitude: -46.3185, name: "Praça Presidente Vargas" } }));
by("contact").addEventListener("click", () =>
  tell("say", { kind: "contacts", part: [{ name: { formatted_name: "João Pereira" }, phones: [{ phone: "+55 35 99876-5432" }] }] }));
by("poll").addEventListener("click", () => tell("say", { kind: "unsupported", part: { type: "poll" } }));

by("file").addEventListener("change", async (event) => {
  const file = event.target.files[0];
  if (!file) return;
  const headers = { "Content-Type": file.type || "application/octet-stream", "X-Name": encodeURIComponent(file.name) };
  await fetch("file", { method: "POST", headers, body: file });
  event.target.value = "";
  await look();
});

by("faults").addEventListener("change", () => {
  const asked = {};
  for (const field of by("faults").elements)
    asked[field.name] = field.type === "checkbox" ? field.checked : Number(field.value);
  tell("faults", asked);
});

look();
setInterval(look, 700);
