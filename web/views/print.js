// @ts-check
/**
 * The plan on paper: what becomes of each element and why, the verdict, and what stood around it.
 *
 * Strategy: the table on the screen holds the rows in view only, so the sheet is made when the person
 * prints, by the button or the browser, and goes when they are done.
 *
 * Invariants: no value of the file and not its name is printed.
 */

import { find, make } from "../dom.js";
import { word } from "../i18n.js";
import { stateOf } from "./table.js";

/** @typedef {import("../state.js").State} State */
/** @typedef {import("../i18n.js").Messages} Messages */

/** Paper has an end. */
const MOST_ROWS = 5000;

/** @param {import("../state.js").Store} store */
export function createPrintView(store) {
  const sheet = find("#sheet", HTMLElement);
  /** @type {Messages|null} */
  let words = null;
  addEventListener("beforeprint", () => {
    if (words !== null && store.state.opened !== null) sheet.replaceChildren(...sheetOf(store.state, words));
  });
  addEventListener("afterprint", () => sheet.replaceChildren());
  find("#print", HTMLButtonElement).addEventListener("click", () => print());

  /** @param {State} _state @param {Messages} messages */
  const render = (_state, messages) => {
    words = messages;
  };
  return { render };
}

/** @param {State} state @param {Messages} messages */
function sheetOf(state, messages) {
  const { text } = messages;
  const { counts, profile, preset, options, engine, verdict, masks, rows } = state;
  const chosen = profile === null ? messages.preset[preset].name : messages.own_preset(String(profile["name"] ?? text.preset_unnamed));
  const lines = [
    `${text.preset}: ${chosen}`,
    options.map((option) => messages.option[/** @type {keyof Messages["option"]} */ (option)]?.name ?? option).join(text.list_comma),
    counts === null ? "" : messages.will_change(counts.changed, counts.total),
    messages.will_mask(masks.filter(({ applied }) => applied).length),
    verdict === null ? text.verdict_none : verdict.passed ? text.verdict_passed : messages.verdict_refused(verdict.findings.length, ""),
    engine === null ? "" : messages.edition(engine.version, engine.edition),
    text.print_why,
  ];
  return [
    make("h1", text.print_title),
    ...lines.filter((line) => line !== "").map((line) => make("p", line)),
    table(rows.slice(0, MOST_ROWS), messages),
    ...(rows.length > MOST_ROWS ? [make("p", messages.more(rows.length - MOST_ROWS))] : []),
  ];
}

/** @param {State["rows"]} rows @param {Messages} messages */
function table(rows, messages) {
  const { text } = messages;
  const made = make("table", "");
  const head = made.createTHead().insertRow();
  const titles = [text.column_tag, text.column_name, text.column_category, text.outcome, text.column_action, text.column_rule];
  head.append(...titles.map((title) => make("th", title)));
  const body = made.createTBody();
  for (const row of rows) {
    if (row === undefined) continue;
    const cells = [
      row.depth > 0 ? row.path : row.tag, row.name, word(messages.category, row.category),
      word(messages.filter_state, stateOf(row)), word(messages.action, row.action).replace("…", ""), word(messages.rule, row.rule),
    ];
    const line = body.insertRow();
    line.dataset["state"] = stateOf(row);
    line.append(...cells.map((cell) => make("td", cell)));
  }
  return made;
}
