// @ts-check
/**
 * The bar that says a new version waits.
 */

import { find } from "../dom.js";
import { update, watchForUpdate } from "../offline.js";

/** @param {import("../assets.js").Assets["offline"]} offline */
export async function createUpdateView(offline) {
  const bar = find("#update", HTMLElement);
  find("#update-now", HTMLButtonElement).addEventListener("click", () => void update());
  watchForUpdate(await offline, () => (bar.hidden = false));
}
