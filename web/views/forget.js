// @ts-check
/**
 * The tab forgets: a button, a timer that anything the person does sets back, a word before closing.
 *
 * Strategy: one clock a second, and only while there is something to forget.
 *
 * Invariants: while files are being saved nothing is cleared. What is cleared is gone from memory:
 * the engines that held it are ended.
 */

import { find, setOptions, setText } from "../dom.js";
import { isAtWork, isSearching } from "../state.js";

/** @typedef {import("../state.js").State} State */
/** @typedef {import("../i18n.js").Messages} Messages */

const MINUTES = ["5", "15", "30", "60"];
const USUAL_MINUTES = "15";
const SECOND_MS = 1000;
const WARN_S = 60;
const ACTIVITY = /** @type {const} */ (["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "drop"]);

/**
 * @param {import("../state.js").Store} store @param {() => void} forget
 * @param {(what: (said: import("../i18n.js").Messages["said"]) => string) => void} say
 */
export function createForgetView(store, forget, say) {
  const after = find("#forget-after", HTMLSelectElement);
  let last_ms = performance.now();
  /** @type {Messages|null} */
  let words = null;

  const touch = () => (last_ms = performance.now());
  for (const type of ACTIVITY) addEventListener(type, touch, { passive: true, capture: true });
  const clear = () => {
    forget();
    say((said) => said.forgotten);
  };
  find("#forget-now", HTMLButtonElement).addEventListener("click", () => {
    clear();
    find("#main", HTMLElement).focus({ preventScroll: true });
  });
  addEventListener("beforeunload", (event) => {
    if (isUnsaved(store.state)) event.preventDefault();
  });

  const left_s = () => Number(after.value) * 60 - (performance.now() - last_ms) / SECOND_MS;
  setInterval(() => {
    if (!holdsAnything(store.state) || isBusy(store.state)) touch();
    else if (left_s() <= 0) clear();
    else if (Math.ceil(left_s()) === WARN_S) say((said) => said.forgets_soon);
    show();
  }, SECOND_MS);

  const show = () => {
    if (words === null) return;
    const text = isBusy(store.state) ? words.clears_not : words.clears_in(Math.max(0, Math.ceil(left_s())));
    setText(find("#forget-left", HTMLElement), text);
  };

  /** @param {State} state @param {Messages} messages */
  const render = (state, messages) => {
    words = messages;
    find("#forget", HTMLElement).hidden = !holdsAnything(state);
    const chosen = after.value || USUAL_MINUTES;
    setOptions(after, MINUTES, (minutes) => messages.minutes(Number(minutes)));
    after.value = chosen;
    show();
  };
  return { render };
}

/** @param {State} state */
function holdsAnything({ file, batch, key }) {
  return file !== null || batch !== null || key !== null;
}

/** Whether something goes on that nobody need watch. @param {State} state */
function isBusy(state) {
  return isAtWork(state) || isSearching(state);
}

/** Whether closing now loses work. @param {State} state */
function isUnsaved(state) {
  const { opened, saved, run, overrides, masks, elsewhere } = state;
  if (isBusy(state)) return true;
  const chosen = overrides.length + masks.length + elsewhere.length > 0;
  return opened !== null && chosen && saved === null && run === null;
}
