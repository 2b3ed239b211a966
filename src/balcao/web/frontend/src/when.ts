// A question that does not apply is not shown: `data-when` holds its condition (dialogue/conditions.py) as JSON. The server
// decides again; without this script every question stands there and the empty ones that do not apply are passed over.
import { all, onContent, once } from "./dom";

type Scalar = string | number | boolean;
type Condition = { answered: string } | { not: Condition } | { all: Condition[] } | { any: Condition[] } | Record<string, [string, Scalar | Scalar[]]>;

/** What the form's controls say now; null where the page does not ask `code`, so that only the server knows. */
function said(form: HTMLFormElement, code: string): string[] | null {
  const controls = all<HTMLInputElement>(`[name="${CSS.escape(code)}"]`, form);
  if (!controls.length) return null;
  return controls.filter((c) => !["radio", "checkbox"].includes(c.type) || c.checked).map((c) => c.value).filter((value) => value !== "");
}

/** True, false, or null: cannot be told from this page. */
function holds(form: HTMLFormElement, when: Condition): boolean | null {
  const [op, body] = Object.entries(when)[0] as [string, unknown];
  if (op === "not") {
    const part = holds(form, body as Condition);
    return part === null ? null : !part;
  }
  if (op === "all" || op === "any") {
    const parts = (body as Condition[]).map((part) => holds(form, part));
    const decisive = op === "any";
    if (parts.includes(decisive)) return decisive;
    return parts.includes(null) ? null : !decisive;
  }
  const [code, value] = op === "answered" ? [body as string, ""] : (body as [string, Scalar | Scalar[]]);
  const values = said(form, code);
  if (values === null) return null;
  const written = (one: Scalar) => (one === true ? "yes" : one === false ? "no" : String(one));
  if (op === "answered") return values.length > 0;
  if (op === "eq") return values[0] === written(value as Scalar);
  if (op === "ne") return values[0] !== written(value as Scalar);
  if (op === "in") return (value as Scalar[]).some((one) => values[0] === written(one));
  return null;
}

export function setupWhen(): void {
  onContent((root) => {
    for (const part of all("[data-when]", root)) {
      const form = part.closest("form");
      if (!form || !once(part, "watched")) continue;
      const when = JSON.parse(part.dataset["when"] ?? "null") as Condition | null;
      if (!when) continue;
      const update = () => (part.hidden = holds(form, when) === false);
      form.addEventListener("change", update);
      update();
    }
  });
}
