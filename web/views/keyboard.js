// @ts-check
/**
 * Undo, redo and the keys: the two buttons, what each key does, and the sheet that lists them.
 *
 * Strategy: a key presses the button that does the same, where there is one.
 *
 * Invariants: what a key cannot do now, it does not do, as its button.
 */

import { find, make } from "../dom.js";
import { SHORTCUTS, capsOf, deedOf } from "../shortcuts.js";

/** @typedef {import("../shortcuts.js").Deed} Deed */

/** @param {import("../state.js").Store} store @param {import("../history.js").History} history */
export function createKeyboardView(store, history) {
  const sheet = find("#shortcuts", HTMLDialogElement);
  const singles = find("#shortcuts-single", HTMLInputElement);
  const undo = find("#undo", HTMLButtonElement);
  const redo = find("#redo", HTMLButtonElement);
  undo.addEventListener("click", () => void history.undo());
  redo.addEventListener("click", () => void history.redo());
  const show = () => {
    find("#help", HTMLDialogElement).close();
    sheet.showModal();
  };
  find("#shortcuts-open", HTMLButtonElement).addEventListener("click", show);
  find("#shortcuts-close", HTMLButtonElement).addEventListener("click", () => sheet.close());

  const press = (/** @type {string} */ selector) => find(selector, HTMLButtonElement).click();
  const turn = (/** @type {number} */ by) => {
    const { frame, opened } = store.state;
    const frames = opened?.pixels?.frames ?? 0;
    if (frame + by >= 1 && frame + by <= frames) store.set({ frame: frame + by });
  };
  /** @param {2|3} step @param {() => void} act  once it is in view */
  const inStep = (step, act) => {
    const { opened, main } = store.state;
    if (opened === null) return;
    if (main !== step || store.state.step !== step) press(`button[data-step="${step}"]`);
    setTimeout(act, 0);
  };
  /** @type {Record<Deed, () => void>} */
  const deeds = {
    step_1: () => press('button[data-step="1"]'),
    step_2: () => press('button[data-step="2"]'),
    step_3: () => press('button[data-step="3"]'),
    step_4: () => press('button[data-step="4"]'),
    undo: () => void history.undo(),
    redo: () => void history.redo(),
    frame_back: () => turn(-1),
    frame_on: () => turn(1),
    add_mask: () => inStep(3, () => press("#add-mask")),
    save: () => press("#save"),
    search: () => inStep(2, () => find("#search", HTMLInputElement).focus()),
    help: show,
  };
  addEventListener("keydown", (event) => {
    const deed = deedOf(event, singles.checked);
    if (deed === null) return;
    event.preventDefault();
    deeds[deed]();
  });

  /** @type {string|null} */
  let language = null;
  /** @param {import("../state.js").State} state @param {import("../i18n.js").Messages} messages */
  const render = (state, messages) => {
    history.note(state);
    undo.disabled = !history.canUndo;
    redo.disabled = !history.canRedo;
    if (language === state.language) return;
    language = state.language;
    find("#shortcuts-list", HTMLDListElement).replaceChildren(
      ...SHORTCUTS.flatMap((shortcut) => {
        const keys = make("dt", "");
        keys.append(...capsOf(shortcut).map((cap) => make("kbd", cap)));
        return [keys, make("dd", messages.shortcut[shortcut.deed])];
      }),
    );
  };
  return { render };
}
