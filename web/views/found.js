// @ts-check
/**
 * Step 3, what a search of many images found: a line a series, with what to accept and where to look.
 *
 * Invariants: a series is listed until another lot of files; how many of its images a person still
 * has to look at is told until they say that they looked.
 */

import { canRead } from "../detect.js";
import { find, make, setText } from "../dom.js";
import { isText, mayStay } from "../look.js";
import { isUnsure } from "../state.js";
import { nameOf } from "./tree.js";

/** @typedef {import("../state.js").State} State */
/** @typedef {import("../state.js").FoundText} FoundText */
/** @typedef {import("../i18n.js").Messages} Messages */
/** @typedef {import("../tree.js").Leaf} Leaf */
/** @typedef {import("../tree.js").Series} Series */

/** More series are told by their number. */
const SHOWN_SERIES = 100;

/**
 * @param {import("../state.js").Store} store @param {import("../proposals.js").Proposals} proposals
 * @param {HTMLElement} after  takes the focus of what goes away
 */
export function createFoundList(store, proposals, after) {
  const list = find("#found-list", HTMLUListElement);
  const total = find("#found-total", HTMLElement);
  /** @type {unknown[]} */
  let last = [];

  /** @param {string} text @param {string} testid @param {() => void} act */
  const button = (text, testid, act) => {
    const made = make("button", text, "small");
    made.type = "button";
    made.dataset["testid"] = testid;
    made.addEventListener("click", () => {
      act();
      after.focus();
    });
    return made;
  };

  /** @param {Series} series @param {readonly Leaf[]} leaves @param {State} state @param {Messages} messages @param {boolean} alone */
  const line = (series, leaves, state, messages, alone) => {
    const item = make("li", "", "template");
    const texts = proposedOn(series, state);
    const unseen = state.looked.includes(series) ? [] : leaves.filter((leaf) => isUnsure(state, leaf));
    item.append(make("bdi", nameOf(series, messages)));
    item.append(make("p", messages.found_series(leaves.length, series.leaves.length, texts.length, unseen.length), "fine"));
    const buttons = make("div", "", "buttons");
    const next = unseen[(unseen.indexOf(/** @type {Leaf} */ (state.batch?.leaf)) + 1) % unseen.length];
    if (next !== undefined) buttons.append(button(messages.found_next(unseen.length), "found-next", () => void proposals.show(next)));
    item.append(buttons);
    // What holds for all holds for the only one.
    if (alone) return item;
    const isWanted = (/** @type {FoundText} */ text) => !mayStay(store.state.stays, text);
    const wanted = texts.filter(isWanted).length;
    if (wanted > 0) buttons.append(button(messages.accept_all(wanted), "found-all", () => proposals.accept(isWanted, series)));
    const identifying = texts.filter((text) => text.identifies).length;
    if (canRead() && identifying > 0) {
      buttons.append(button(messages.accept_identifiers(identifying), "found-identifiers", () => proposals.accept((text) => text.identifies, series)));
    }
    return item;
  };

  /** @param {State} state @param {Messages} messages */
  const render = (state, messages) => {
    const { batch, found, masks, elsewhere, looked, stays, language } = state;
    const now = [batch?.tree, batch?.leaf, found.size, state.search, masks, elsewhere, looked, stays, language];
    if (now.every((value, at) => value === last[at])) return;
    last = now;
    const bySeries = Map.groupBy([...found.keys()].filter((leaf) => leaf !== null), ({ series }) => series);
    const lines = [...bySeries].slice(0, SHOWN_SERIES).map(([series, leaves]) => line(series, leaves, state, messages, bySeries.size === 1));
    if (bySeries.size > SHOWN_SERIES) lines.push(make("li", messages.more(bySeries.size - SHOWN_SERIES)));
    list.replaceChildren(...lines);
    const isEmpty = (/** @type {Leaf} */ leaf) => found.get(leaf)?.regions.length === 0 && !isUnsure(state, leaf);
    const leaves = [...bySeries.values()].flat();
    setText(total, leaves.length < 2 ? "" : messages.found_total(leaves.length, leaves.filter(isEmpty).length));
    find("#found", HTMLElement).hidden = leaves.length === 0;
  };
  return { render };
}

/** Text on a series that is proposed and not ticked. @param {Series} series @param {State} state */
function proposedOn(series, { masks, elsewhere }) {
  return [...masks, ...elsewhere].flatMap(({ why, applied, of }) => (isText(why) && !applied && of?.series === series ? [why] : []));
}
