// High contrast and dark: the person's own choice, kept in a cookie so that the server paints the next page right at once.
import { all } from "./dom";

const YEAR = 31_536_000;

function keep(name: string, value: string): void {
  const secure = location.protocol === "https:" ? ";secure" : "";
  document.cookie = `${name}=${value};path=/;max-age=${value ? YEAR : 0};samesite=lax${secure}`;
}

export function setupAppearance(): void {
  const root = document.documentElement;
  const dark = () => (root.dataset["scheme"] ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const show = () => {
    for (const box of all("[data-appearance]")) box.hidden = false;
    for (const b of all("[data-set-contrast]")) b.setAttribute("aria-pressed", String(root.dataset["contrast"] === "more"));
    for (const b of all("[data-set-scheme]")) b.setAttribute("aria-pressed", String(dark()));
    for (const b of all("[data-go-back]")) b.hidden = history.length < 2;
  };
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    if (target.closest("[data-set-contrast]")) {
      if (root.dataset["contrast"] === "more") delete root.dataset["contrast"];
      else root.dataset["contrast"] = "more";
      keep("contrast", root.dataset["contrast"] ?? "");
    } else if (target.closest("[data-set-scheme]")) {
      root.dataset["scheme"] = dark() ? "light" : "dark";
      keep("scheme", root.dataset["scheme"]);
    } else if (target.closest("[data-go-back]")) {
      history.back();
    } else {
      return;
    }
    show();
  });
  document.addEventListener("htmx:load", show);
  show();
}
