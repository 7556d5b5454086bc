// @ts-check
/**
 * The Options of PS3.15 Annex E: a dialog of switches.
 *
 * Strategy: one switch an Option, made from one table; what contradicts another takes its place.
 *
 * Invariants: the order is the standard's; every change is planned at once, as everywhere.
 */

import { find, make, setText } from "../dom.js";

/** @typedef {import("../state.js").State} State */
/** @typedef {import("../i18n.js").Messages} Messages */

const OPTIONS = /** @type {const} */ ([
  "retain-safe-private",
  "retain-uids",
  "retain-device-identity",
  "retain-institution-identity",
  "retain-patient-characteristics",
  "retain-longitudinal-full-dates",
  "retain-longitudinal-modified-dates",
  "clean-descriptors",
  "clean-structured-content",
  "clean-graphics",
  "clean-recognizable-visual-features",
]);

/** @typedef {typeof OPTIONS[number]} Option */

/** Of each pair only one can be on. @type {readonly (readonly [Option, Option])[]} */
const CONFLICTS = [["retain-longitudinal-full-dates", "retain-longitudinal-modified-dates"]];

/** The Options after one is switched. @param {string[]} options @param {Option} option @param {boolean} on */
function switched(options, option, on) {
  const out = CONFLICTS.filter((pair) => pair.includes(option)).flat();
  const kept = options.filter((other) => other !== option && !(on && out.some((o) => o === other)));
  const wanted = on ? [...kept, option] : kept;
  return OPTIONS.filter((name) => wanted.includes(name));
}

/** @param {import("../state.js").Store} store @param {import("../session.js").Session} session */
export function createOptionsView(store, session) {
  const dialog = find("#options", HTMLDialogElement);
  const open = find("#options-open", HTMLButtonElement);
  const rows = OPTIONS.map((name) => createRow(name, (on) => {
    session.setOptions(switched(store.state.options, name, on));
  }));
  find("#option-list", HTMLElement).append(...rows.map(({ item }) => item));
  open.addEventListener("click", () => dialog.showModal());
  find("#options-close", HTMLButtonElement).addEventListener("click", () => dialog.close());

  /** @param {State} state @param {Messages} messages */
  const render = ({ options }, messages) => {
    setText(open, messages.options_open(options.length));
    for (const { name, input, title, why } of rows) {
      input.checked = options.includes(name);
      setText(title, messages.option[name].name);
      setText(why, messages.option[name].why);
    }
  };
  return { render };
}

/** @param {Option} name @param {(on: boolean) => void} change */
function createRow(name, change) {
  const item = make("li", "");
  const label = make("label", "", "check");
  const input = document.createElement("input");
  input.type = "checkbox";
  input.dataset["testid"] = `option-${name}`;
  input.addEventListener("change", () => change(input.checked));
  const words = make("span", "", "option-words");
  const title = make("b", "");
  const why = make("span", "", "fine");
  words.append(title, why);
  label.append(input, words);
  item.append(label);
  return { name, item, input, title, why };
}
