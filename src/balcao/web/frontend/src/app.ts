// Every page: htmx and the small helps of forms. Nothing here is needed to use the product.
import htmx from "htmx.org";
import { setupAppearance } from "./appearance";
import { setupConfirm } from "./confirm";
import { setupDrafts } from "./drafts";
import { setupFields } from "./fields";
import { setupFiles } from "./files";
import { setupShortcuts } from "./shortcuts";
import { setupSubmit } from "./submit";

declare global {
  interface Window {
    htmx: typeof htmx;
  }
}
window.htmx = htmx;

setupAppearance();
setupFields();
setupFiles();
setupDrafts();
setupConfirm();
setupSubmit();
setupShortcuts();
