// A file input that shows what was chosen, takes drops, and says at once when a file is too large.
// `data-shrink`: photos are made smaller before they are sent; `data-keep`: they are kept with the form's draft.
import { all, make, onContent, once, text } from "./dom";
import { forgetFiles, keepFiles, keptFiles } from "./kept-files";
import { shrink } from "./shrink";

function setup(box: HTMLElement): void {
  const input = box.querySelector<HTMLInputElement>("input[type=file]");
  const zone = box.querySelector<HTMLElement>(".file-drop-zone");
  const list = box.querySelector<HTMLElement>("[data-file-list]");
  if (!input || !zone || !list || typeof DataTransfer === "undefined") return;
  const max = Number(box.dataset["maxMb"] ?? "25");
  const sizes = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
  let chosen: File[] = [];
  const form = "keep" in box.dataset ? input.form : null;
  const place = form?.dataset["draft"] ? `${form.dataset["draft"]}/${input.name}` : "";

  const refuse = (message: string) => {
    box.querySelector("[data-file-problem]")?.remove();
    if (message) zone.before(make("p", { class: "field-error", role: "alert", "data-file-problem": "" }, message));
  };
  const show = () => {
    const held = new DataTransfer();
    for (const file of chosen) held.items.add(file);
    input.files = held.files;
    for (const old of all("[data-chosen]", list)) old.remove();
    for (const file of chosen) {
      const item = make("li", { "data-chosen": "" }, make("span", {}, file.name), make("span", { class: "muted" }, `${sizes.format(file.size / 1048576)} MB`));
      const remove = make("button", { type: "button", class: "btn btn-quiet btn-sm", "aria-label": text("remove", { name: file.name }) }, "×");
      remove.addEventListener("click", () => {
        chosen = chosen.filter((other) => other !== file);
        changed();
        input.focus();
      });
      item.append(remove);
      list.append(item);
    }
  };
  const changed = () => {
    show();
    if (place) void keepFiles(place, chosen, Number(form?.dataset["draftDays"] ?? "7") || 7);
  };
  const add = async (files: FileList) => {
    let fresh = Array.from(files);
    if ("shrink" in box.dataset) fresh = await Promise.all(fresh.map(shrink));
    const large = fresh.find((file) => file.size > max * 1048576);
    refuse(large ? text("tooBig", { name: large.name, max }) : "");
    const fit = fresh.filter((file) => file.size <= max * 1048576 && !chosen.some((c) => c.name === file.name && c.size === file.size));
    chosen = input.multiple ? [...chosen, ...fit] : fit.slice(0, 1);
    changed();
  };
  // what the server shows, taken or refused, came later than what is kept here
  if (place && (list.children.length || box.classList.contains("field-invalid"))) void keepFiles(place, [], 0);
  else if (place)
    void keptFiles(place).then((files) => {
      if (!files.length || chosen.length) return;
      chosen = files;
      show();
    });
  input.addEventListener("change", () => input.files && void add(input.files));
  zone.append(make("span", { class: "muted small file-drop-hint" }, text("drop")));
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.toggle("is-over", kind === "dragenter" || kind === "dragover");
      const files = (event as DragEvent).dataTransfer?.files;
      if (kind === "drop" && files?.length) void add(files);
    });
  }
}

export function setupFiles(): void {
  void forgetFiles(null);
  onContent((root) => {
    for (const sign of all("[data-draft-sent]", root))
      for (const key of (sign.dataset["draftSent"] ?? "").split(/\s+/).filter(Boolean)) void forgetFiles(key.endsWith("*") ? key.slice(0, -1) : `${key}/`);
    for (const box of all("[data-file-drop]", root)) if (once(box, "files")) setup(box);
  });
}
