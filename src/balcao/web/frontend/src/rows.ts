// A list that is walked by keyboard: `data-rows` around it, `data-row` on the link of each row, and buttons with
// `data-row-move="1"` and "-1" (which carry the shortcuts j and k). Without this script Tab does the same.
import { all } from "./dom";

let at = -1;

function move(step: number): void {
  const rows = all("[data-rows] [data-row]");
  const here = rows.indexOf(document.activeElement as HTMLElement);
  if (here >= 0) at = here;
  at = Math.min(rows.length - 1, Math.max(0, at + step));
  rows[at]?.focus();
  rows[at]?.scrollIntoView({ block: "nearest" });
}

export function setupRows(): void {
  if (!document.querySelector("[data-rows]")) return;
  for (const keys of all("[data-rows-keys]")) keys.hidden = false;
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-row-move]");
    if (button) move(Number(button.dataset["rowMove"]));
  });
}
