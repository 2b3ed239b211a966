// Sending: once, even when the button is pressed twice; kept, when the connection fails; and sent again with one touch.
import htmx from "htmx.org";
import { all, button, dismiss, onContent, once, text, toast } from "./dom";

const sending = new Set<HTMLFormElement>();
let unsent: { form: HTMLFormElement; submitter: HTMLElement | null } | null = null; // what the connection swallowed

function busy(form: HTMLFormElement, on: boolean): void {
  if (on) sending.add(form);
  else sending.delete(form);
  for (const b of all<HTMLButtonElement>("button[type=submit], button:not([type])", form)) {
    // aria-disabled, not disabled: a disabled button's own name=value would not be sent, and it would lose the focus
    if (on) b.setAttribute("aria-disabled", "true");
    else {
      b.removeAttribute("aria-disabled");
      b.removeAttribute("aria-busy");
    }
  }
}

function retry(form: HTMLFormElement, submitter: HTMLElement | null): HTMLElement {
  return button(text("retry"), "primary", () => {
    dismiss();
    form.requestSubmit(submitter instanceof HTMLButtonElement ? submitter : null);
  });
}

function guard(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  if (form.method === "dialog" || event.defaultPrevented || form.matches("[data-own-sending]")) return;
  if (sending.has(form)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  const posts = form.method === "post" || form.matches("[hx-post], [hx-put], [hx-delete]");
  if (!navigator.onLine && posts) {
    event.preventDefault();
    event.stopImmediatePropagation();
    toast(text("offline"), "warning");
    unsent = { form, submitter: event.submitter };
    return;
  }
  if (!posts) return;
  unsent = null;
  busy(form, true);
  event.submitter?.setAttribute("aria-busy", "true");
  // should no answer come, the person may try again; what htmx sends tells of its own end
  if (!form.matches("[hx-boost]")) window.setTimeout(() => busy(form, false), 20_000);
}

const STALLED = 45_000; // ms without a byte gone: the connection is lost, whatever it says of itself

/** Photos over a slow network take minutes: they may, as long as something goes, and the person sees how far it is. */
function uploads(): void {
  const watches = new WeakMap<XMLHttpRequest, number>();
  document.addEventListener("htmx:configRequest", (event) => {
    const detail = (event as CustomEvent<{ elt: HTMLElement; timeout: number }>).detail;
    if (filesOf(detail.elt)) detail.timeout = 0;
  });
  document.addEventListener("htmx:beforeSend", (event) => {
    const { elt, xhr } = (event as CustomEvent<{ elt: HTMLElement; xhr: XMLHttpRequest }>).detail;
    if (!filesOf(elt)) return;
    const watch = () => {
      window.clearTimeout(watches.get(xhr));
      // `timeout` in the past ends it as a timeout, so that the same message and "send again" come as after any other
      watches.set(xhr, window.setTimeout(() => (xhr.timeout = 1), STALLED));
    };
    watch();
    const lost = () => (xhr.timeout = 1); // its bytes go nowhere: say so now, not when the patience ends
    window.addEventListener("offline", lost);
    xhr.upload.addEventListener("progress", (progress) => {
      watch();
      if (progress.lengthComputable && progress.total > 100_000) {
        const share = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" }).format(progress.loaded / progress.total);
        toast(text("uploading", { share }), "info");
      }
    });
    xhr.addEventListener("loadend", () => {
      window.clearTimeout(watches.get(xhr));
      window.removeEventListener("offline", lost);
      if (xhr.status) dismiss();
    });
  });
}

function filesOf(elt: Element): boolean {
  const form = elt.closest("form"); // a request of the page itself, as the bell's, carries no files
  return !!form && all<HTMLInputElement>("input[type=file]", form).some((input) => input.files?.length);
}

export function setupSubmit(): void {
  uploads();
  document.addEventListener("submit", guard as EventListener, true);
  window.addEventListener("pageshow", () => [...sending].forEach((form) => busy(form, false)));
  const told = () => document.querySelector("[data-chat-page]"); // the chat says it itself, and sends by itself
  window.addEventListener("offline", () => told() || toast(text("offline"), "warning"));
  window.addEventListener("online", () => {
    if (told()) return;
    const again = unsent && document.contains(unsent.form) ? [retry(unsent.form, unsent.submitter)] : [];
    toast(text("online"), "success", ...again);
  });

  // a form with a draft is sent by htmx: when the network fails, the page stays, with the chosen files too
  onContent((root) => {
    for (const form of all<HTMLFormElement>("form[data-draft]:not([hx-post]):not([hx-boost]):not([data-own-sending])", root)) {
      if (!once(form, "boosted")) continue;
      form.setAttribute("hx-boost", "true");
      form.setAttribute("hx-push-url", "true");
      htmx.process(form);
    }
  });
  const formOf = (event: Event) => (event as CustomEvent<{ elt: HTMLElement }>).detail.elt.closest("form");
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = formOf(event);
    if (form) busy(form, false);
  });
  for (const kind of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(kind, (event) => {
      const form = formOf(event);
      if (form) {
        unsent = { form, submitter: null };
        toast(text("failed"), "danger", retry(form, null));
      } else toast(text("failed"), "danger");
    });
  }
  document.addEventListener("htmx:beforeSwap", (event) => {
    const detail = (event as CustomEvent<{ xhr: XMLHttpRequest; boosted: boolean; shouldSwap: boolean; isError: boolean; target: Element }>).detail;
    // a whole page with an error (a form to mend, a refusal) is shown; into a fragment only 422 goes
    if (detail.xhr.status >= 400 && (detail.target === document.body || detail.xhr.status === 422)) {
      detail.shouldSwap = true;
      detail.isError = false;
    } else if (detail.xhr.status >= 400) toast(text("failed"), "danger");
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if ((event as CustomEvent<{ target: Element }>).detail.target !== document.body) return;
    const quick = document.activeElement !== document.body; // somebody is typing already: their place is theirs
    const place = document.querySelector<HTMLElement>("[data-error-summary]") ?? (quick ? null : document.getElementById(document.querySelector("#messages .notice") ? "messages" : "main"));
    place?.focus({ preventScroll: !place.matches("[data-error-summary]") });
  });
}
