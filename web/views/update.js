// @ts-check
/**
 * What the page says of itself: that it works without a network, and that a new version waits.
 */

import { find } from "../dom.js";
import { isKept, update, watchForUpdate } from "../offline.js";

/** @param {import("../assets.js").Assets["offline"]} offline */
export async function createUpdateView(offline) {
  const bar = find("#update", HTMLElement);
  find("#update-now", HTMLButtonElement).addEventListener("click", () => void update());
  const registration = await offline;
  watchForUpdate(registration, () => (bar.hidden = false));
  find("#kept", HTMLElement).classList.toggle("is-so", await isKept(registration));
}
