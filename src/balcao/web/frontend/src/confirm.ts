// `data-confirm="Question?"` on a form or on its button asks in a dialog of ours before it is sent. Without JavaScript it is just sent,
// so a page that must ask has a page of its own for that.
import { button, make, text } from "./dom";

const agreed = new WeakSet<HTMLFormElement>();

export function ask(question: string): Promise<boolean> {
  return new Promise((resolve) => {
    const dialog = make("dialog", { class: "dialog", "aria-labelledby": "ask-title" });
    if (typeof dialog.showModal !== "function") return resolve(window.confirm(question));
    const answer = (yes: boolean) => () => dialog.close(yes ? "yes" : "");
    const yes = button(text("yes"), "primary", answer(true));
    dialog.append(make("h2", { id: "ask-title" }, text("confirmTitle")), make("p", {}, question), make("div", { class: "actions" }, yes, button(text("no"), "secondary", answer(false))));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
    yes.focus();
  });
}

export function setupConfirm(): void {
  // capture: before htmx and before the guard against double sending
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target as HTMLFormElement;
      const submitter = (event as SubmitEvent).submitter as HTMLButtonElement | null;
      const question = submitter?.dataset["confirm"] ?? form.dataset["confirm"];
      if (!question || agreed.delete(form)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      void ask(question).then((yes) => {
        if (!yes) return submitter?.focus();
        agreed.add(form);
        form.requestSubmit(submitter);
      });
    },
    true,
  );
}
