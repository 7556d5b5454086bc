// @ts-check
/**
 * Where to look for burned-in text: the images of a search, and outputs that are looked at again.
 *
 * Invariants: an output is looked at again wherever a search was made or found what is masked, and
 * wherever the person's own preset refuses burned-in text. Which text identifies is only known to
 * those who read: an edition without the network that reads takes all text for such that was not
 * shown to the person before. Knows no DOM.
 */

import { canDetect, canRead } from "./detect.js";
import { meantFor } from "./scope.js";
import { byRisk, seriesOf } from "./tree.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").FoundText} FoundText */
/** @typedef {import("./state.js").Why} Why */
/** @typedef {import("./tree.js").Leaf} Leaf */
/** @typedef {"image"|"series"|"risk"} Where  risk: every series that may have text burned in, the likeliest first */

/** @type {Where[]} */
export const PLACES = ["image", "series", "risk"];

/** The images of a place; null is the only file. @param {State} state @param {Where} where @returns {(Leaf|null)[]} */
export function imagesAt({ batch }, where) {
  if (batch === null) return [null];
  if (batch.leaf === null || where === "image") return batch.leaf === null ? [] : [batch.leaf];
  const series = where === "series" ? [batch.leaf.series] : [...seriesOf(byRisk(batch.tree))].filter(({ burned_in }) => burned_in !== "");
  return series.flatMap(({ leaves }) => leaves).filter(({ columns_px }) => columns_px > 0);
}

/** How an output is looked at again, null: it is not. @param {State} state @param {Leaf|null} leaf @returns {import("./protocol.js").Again|null} */
export function againOf(state, leaf) {
  const { found, how, masks, elsewhere, profile } = state;
  if (!canDetect()) return null;
  const masked = [...masks, ...elsewhere].filter((mask) => mask.applied && meantFor(mask, leaf));
  const demanded = /** @type {{refuse?: boolean}|undefined} */ (profile?.["burned_in"])?.refuse === true;
  const wanted = found.has(leaf) || masked.some(({ why }) => isText(why)) || (demanded && masked.length > 0);
  return wanted ? { ...how, read: canRead(), shown: found.get(leaf)?.regions ?? [] } : null;
}

/** Whether a mask was proposed because of text that was found. @param {Why|null} why @returns {why is FoundText} */
export function isText(why) {
  return why !== null && !("template" in why);
}

/** Whether text may stay: it was surely read as what its modality's images need. @param {State["stays"]} stays @param {FoundText} text */
export function mayStay(stays, { sure, reason, modality, stays: usual }) {
  return sure && reason !== null && (stays[modality] ?? usual).includes(reason.kind);
}
