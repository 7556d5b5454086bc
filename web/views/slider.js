// @ts-check
/**
 * Step 3, before and after: a line over the image; left of it no mask is shown.
 *
 * Strategy: the masks lie on the image, so wiping them away shows what is below. A native range
 * input moves the line, by pointer and by keys.
 *
 * Invariants: nothing here changes what is saved.
 */

import { find } from "../dom.js";

/** @param {import("../state.js").Store} store */
export function createSliderView(store) {
  const input = find("#wipe", HTMLInputElement);
  const paper = find("#paper", HTMLElement);
  /** Whose line it is: another image starts without one. @type {unknown} */
  let of = null;
  input.addEventListener("input", () => store.set({}));

  /** @param {import("../state.js").State} state @param {import("../i18n.js").Messages} messages */
  const render = ({ file, masks }, messages) => {
    if (file !== of) input.value = "0";
    of = file;
    input.disabled = masks.length === 0;
    if (input.disabled) input.value = "0";
    const at = input.valueAsNumber;
    input.setAttribute("aria-valuetext", messages.wipe_at(at));
    paper.classList.toggle("is-wiped", at > 0);
    paper.style.setProperty("--wipe", `${at}%`);
  };
  return { render };
}
