// Every page: htmx and the small helps of forms. Nothing here is needed to use the product.
import htmx from "htmx.org";
import { setupAppearance } from "./appearance";
import { setupConfirm } from "./confirm";
import { setupDrafts } from "./drafts";
import { setupFields } from "./fields";
import { setupFiles } from "./files";
import { setupNearest } from "./nearest";
import { setupPolls } from "./polls";
import { setupRows } from "./rows";
import { setupShortcuts } from "./shortcuts";
import { setupSubmit } from "./submit";
import { setupWhen } from "./when";

declare global {
  interface Window {
    htmx: typeof htmx;
  }
}
window.htmx = htmx;
Object.assign(htmx.config, {
  includeIndicatorStyles: false, // an inline style, which the policy refuses
  attributesToSettle: [], // htmx would copy the style of a box that somebody has dragged larger, which the policy refuses
  allowEval: false,
  selfRequestsOnly: true,
  historyCacheSize: 0, // pages hold people's data: none is left in the browser's storage
  refreshOnHistoryMiss: true,
  timeout: 20_000,
});

setupAppearance();
setupFields();
setupFiles();
setupDrafts();
setupWhen();
setupConfirm();
setupSubmit();
setupNearest();
setupPolls();
setupRows();
setupShortcuts();
