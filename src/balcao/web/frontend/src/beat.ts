// An attendant is present while a page of theirs is open: `<body data-beat="/…/" data-tick="…/tick.js">`. The inbox's own
// pages bring them in; any other keeps them there.
export const token = (): string => document.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value ?? "";

async function beat(url: string): Promise<void> {
  const talk = document.querySelector<HTMLElement>("[data-talk]");
  const here = talk ?? document.querySelector("#inbox-list");
  const body = new URLSearchParams({ csrfmiddlewaretoken: token(), ...(here ? {} : { stay: "1" }), ...(talk ? { talk: talk.dataset["talk"] ?? "" } : {}) });
  try {
    const answer = await fetch(url, { method: "POST", body, redirect: "manual" });
    const box = document.getElementById("talk-colleagues");
    if (!answer.ok || !box) return;
    const said = await answer.text();
    if (box.innerHTML.trim() !== said.trim()) box.innerHTML = said;
  } catch {
    // the next one comes in a moment
  }
}

export function setupBeat(): void {
  const { beat: url, tick } = document.body.dataset;
  if (!url || !tick) return;
  const now = () => void beat(url);
  new Worker(tick, { type: "module" }).addEventListener("message", now);
  document.addEventListener("balcao:beat-now", now); // somebody else has just opened it: who?
}
