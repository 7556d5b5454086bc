// @ts-check
/**
 * A warning as a line of a list, of one file or of many.
 *
 * Invariants: what a file says is set as text.
 */

import { find, stamp } from "../dom.js";
import { warningText, word } from "../i18n.js";

/** @param {import("../protocol.js").Warning} warning @param {import("../i18n.js").Messages} messages */
export function warningItem(warning, messages) {
  const item = stamp("warning", HTMLLIElement);
  item.dataset["level"] = warning.level;
  item.dataset["testid"] = `warning-${warning.code}`;
  find(".level", HTMLElement, item).textContent = word(messages.level, warning.level);
  find(".sentence", HTMLElement, item).textContent = warningText(messages, warning);
  return item;
}
