// @ts-check
/**
 * What is cut out of a text, shown in that text: struck through, and named where there is room.
 *
 * Invariants: texts are set as text; spans count characters, not code units.
 */

import { make } from "../dom.js";
import { word } from "../i18n.js";

/** @typedef {import("../protocol.js").Cut} Cut */

/**
 * @param {HTMLElement} element @param {string} text @param {readonly Cut[]} cuts  in order
 * @param {import("../i18n.js").Messages} messages @param {boolean} [named]  say what each was
 */
export function showCuts(element, text, cuts, messages, named = false) {
  const signature = JSON.stringify([text, cuts, messages.text.cut, named]);
  if (element.dataset["shown"] === signature) return;
  element.dataset["shown"] = signature;
  const characters = Array.from(text);
  const piece = (/** @type {number} */ start, /** @type {number} */ stop) => characters.slice(start, stop).join("");
  /** @type {(string|HTMLElement)[]} */
  const parts = [];
  let at = 0;
  for (const [start, stop, kind] of cuts) {
    // Rows hold the beginning of a long text only.
    if (start >= characters.length) break;
    const gone = make("del", piece(start, stop));
    gone.title = `${messages.text.cut}: ${word(messages.cut_kind, kind)}`;
    parts.push(piece(at, start), gone);
    if (named) parts.push(make("small", word(messages.cut_kind, kind), "cut-kind"));
    at = stop;
  }
  element.replaceChildren(...parts, piece(at, characters.length));
}
