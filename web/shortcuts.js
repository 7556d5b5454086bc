// @ts-check
/**
 * Which key does what: one table, for the keys and for the sheet that lists them.
 *
 * Invariants: a key that is typed into a field, or for a dialog or an input method, is never taken.
 * Single keys can be turned off (WCAG 2.1.4).
 */

/** @typedef {keyof import("./i18n.js").Messages["shortcut"]} Deed */

/**
 * @typedef {object} Shortcut
 * @property {Deed} deed
 * @property {string} key  as events name it, in lower case
 * @property {boolean} ctrl
 * @property {boolean} shift  only told apart with ctrl
 */

/** @param {Deed} deed @param {string} key @returns {Shortcut} */
const single = (deed, key) => ({ deed, key, ctrl: false, shift: false });
/** @param {Deed} deed @param {string} key @param {boolean} [shift] @returns {Shortcut} */
const ctrl = (deed, key, shift = false) => ({ deed, key, ctrl: true, shift });

/** @type {readonly Shortcut[]} */
export const SHORTCUTS = [
  single("step_1", "1"),
  single("step_2", "2"),
  single("step_3", "3"),
  single("step_4", "4"),
  ctrl("undo", "z"),
  ctrl("redo", "z", true),
  ctrl("redo", "y"),
  single("frame_back", ","),
  single("frame_on", "."),
  single("add_mask", "m"),
  single("search", "/"),
  ctrl("save", "s"),
  single("help", "?"),
];

const FIELDS = "input:not([type=checkbox], [type=radio], [type=range]), textarea, select";

/**
 * What a key press asks for, null if it is meant for something else.
 * @param {KeyboardEvent} event @param {boolean} singles  whether single keys are taken
 */
export function deedOf(event, singles) {
  if (event.isComposing || event.altKey || event.defaultPrevented) return null;
  if (document.querySelector("dialog[open]") !== null) return null;
  if (event.target instanceof Element && event.target.closest(FIELDS) !== null) return null;
  const held = event.ctrlKey || event.metaKey;
  if (!held && !singles) return null;
  const key = event.key.toLowerCase();
  const found = SHORTCUTS.find((one) => one.key === key && one.ctrl === held && (!held || one.shift === event.shiftKey));
  return found?.deed ?? null;
}

/** The keys as they stand on the caps. @param {Shortcut} shortcut */
export function capsOf({ key, ctrl: held, shift }) {
  return [...(held ? ["Ctrl"] : []), ...(shift ? ["Shift"] : []), key.toUpperCase()];
}
