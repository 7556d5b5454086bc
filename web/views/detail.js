// @ts-check
/**
 * One element in full: both values, why it was decided so, and another action or value for it.
 *
 * Invariants: shows whole values only while open; what is chosen goes to that element's path.
 */

import { find, make, setOptions } from "../dom.js";
import { word } from "../i18n.js";
import { showCuts } from "./cuts.js";
import { afterText, stateOf } from "./table.js";

/** @typedef {import("../protocol.js").Row} Row */
/** @typedef {import("../protocol.js").ActionName} ActionName */
/** @typedef {import("../i18n.js").Messages} Messages */

/** @param {import("../session.js").Session} session @param {() => void} onClose */
export function createDetail(session, onClose) {
  const dialog = find("#detail", HTMLDialogElement);
  const action = find("#detail-action", HTMLSelectElement);
  const value = find("#detail-value", HTMLInputElement);
  const apply = find("#detail-apply", HTMLButtonElement);
  /** @type {Row|null} */
  let row = null;

  const showValue = () => {
    find("#detail-value-label", HTMLElement).hidden = action.value !== "value";
    value.required = action.value === "value";
  };
  action.addEventListener("change", showValue);
  find("#detail-close", HTMLButtonElement).addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    row = null;
    for (const id of ["#detail-before", "#detail-after"]) {
      find(id, HTMLElement).textContent = "";
      delete find(id, HTMLElement).dataset["shown"];
    }
    value.value = "";
    onClose();
  });
  find("form", HTMLFormElement, dialog).addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = /** @type {ActionName} */ (action.value);
    if (row !== null && (chosen !== row.action || chosen === "value")) {
      session.override([
        chosen === "value"
          ? { target: row.path, action: chosen, value: value.value }
          : { target: row.path, action: chosen },
      ]);
    }
    dialog.close();
  });

  /** @param {Row} shown @param {Messages} messages @param {ActionName} chosen */
  const open = async (shown, messages, chosen) => {
    row = shown;
    find("#detail-name", HTMLElement).textContent = shown.name === "" ? shown.tag : shown.name;
    find("#detail-facts", HTMLDListElement).replaceChildren(
      ...factsOf(shown, messages).flatMap(([term, text]) => [make("dt", term), make("dd", text)]),
    );
    setOptions(action, shown.allowed, (name) => word(messages.action, name));
    action.value = chosen;
    action.disabled = apply.disabled = shown.inside || shown.allowed.length < 2;
    const show = (/** @type {string} */ before, /** @type {string} */ after) => {
      showCuts(find("#detail-before", HTMLElement), before, shown.cuts, messages, true);
      find("#detail-after", HTMLElement).textContent = after;
    };
    show(shown.before, afterText(shown, messages));
    showValue();
    dialog.showModal();
    if (chosen === "value") value.focus();
    try {
      const whole = await session.value(shown.index);
      if (row === shown) show(whole.before, whole.after === "" || shown.inside ? afterText(shown, messages) : whole.after);
    } catch (error) {
      dialog.close();
      session.fail(error);
    }
  };
  return { open };
}

/** @param {Row} row @param {Messages} messages @returns {[string, string][]} */
function factsOf(row, messages) {
  const { text } = messages;
  return [
    [text.column_tag, row.tag],
    ...(row.depth > 0 ? [/** @type {[string, string]} */ ([text.path, row.path])] : []),
    [text.column_vr, `${row.vr}, ${messages.bytes(row.length_bytes)}`],
    [text.column_category, word(messages.category, row.category)],
    [text.outcome, word(messages.filter_state, stateOf(row))],
    [text.rule, word(messages.rule, row.rule)],
  ];
}
