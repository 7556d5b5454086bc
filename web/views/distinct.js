// @ts-check
/**
 * The distinct-values review: every text that the outputs would still hold, each once.
 *
 * Strategy: the files are read when the person asks; what they cut goes into a preset of their own,
 * and the list stays as it was read until they have it read again. All of it can be saved as the CSV
 * that the command line writes.
 *
 * Invariants: the list holds values of the files, so it goes with the dialog. A value is cut whole.
 */

import { download, find, make, setText } from "../dom.js";
import { word } from "../i18n.js";
import { isAtWork, totalOf } from "../state.js";

/** @typedef {import("../i18n.js").Messages} Messages */
/** @typedef {import("../protocol.js").Kept} Kept */

const MOST_VALUES = 500;
/** What the engine's word list takes. */
const CUT_CHARS = 2;

/** @param {import("../state.js").Store} store @param {import("../session.js").Session} session @param {import("../batch.js").Many} many */
export function createDistinctView(store, session, many) {
  const dialog = find("#distinct", HTMLDialogElement);
  const start = find("#distinct-start", HTMLButtonElement);
  const shown = find("#distinct-shown", HTMLElement);
  const save = find("#distinct-csv", HTMLButtonElement);
  const body = find("#distinct-rows", HTMLTableSectionElement);
  let csv = "";
  /** @type {Messages|null} */
  let words = null;

  const read = async () => {
    const messages = words;
    if (messages === null) return;
    start.disabled = save.disabled = true;
    body.replaceChildren();
    const total = totalOf(store.state);
    try {
      setText(shown, messages.distinct_reading(0, total));
      const counted = await many.kept((done) => setText(shown, messages.distinct_reading(done, total)));
      if (counted === null || !dialog.open) return;
      const { values, total: all, csv: table } = await session.ranked({ rows: counted.rows, most: MOST_VALUES });
      setText(shown, all === 0 ? messages.text.distinct_none : messages.distinct_shown(values.length, all, counted.files));
      body.replaceChildren(...values.map((value) => line(value, messages, session)));
      csv = table;
      save.disabled = all === 0;
      setText(start, messages.text.distinct_again);
    } catch (error) {
      dialog.close();
      session.fail(error);
    } finally {
      start.disabled = false;
    }
  };
  start.addEventListener("click", () => void read());
  // The mark tells spreadsheets that it is UTF-8.
  save.addEventListener("click", () => download(new Blob(["\ufeff", csv], { type: "text/csv" }), "kept-values.csv"));
  find("#distinct-open", HTMLButtonElement).addEventListener("click", () => {
    setText(start, words?.text.distinct_start ?? "");
    dialog.showModal();
    void read();
  });
  find("#distinct-close", HTMLButtonElement).addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    body.replaceChildren();
    shown.textContent = csv = "";
    save.disabled = true;
  });

  /** @param {import("../state.js").State} state @param {Messages} messages */
  const render = (state, messages) => {
    words = messages;
    find("#distinct-open", HTMLButtonElement).disabled = state.opened === null || isAtWork(state) || state.runtime !== "ready";
  };
  return { render };
}

/** @param {Kept} value @param {Messages} messages @param {import("../session.js").Session} session */
function line({ text, times, places, signs }, messages, session) {
  const row = make("tr", "");
  const value = make("td", "");
  value.append(make("bdi", text));
  const cut = make("button", messages.text.distinct_cut, "small");
  cut.type = "button";
  cut.disabled = Array.from(text).length < CUT_CHARS;
  cut.setAttribute("aria-label", `${messages.text.distinct_cut}: ${text}`);
  cut.addEventListener("click", () => {
    session.cut(text);
    row.classList.add("is-cut");
    // The button keeps focus, so it stays; it has done its work.
    cut.setAttribute("aria-disabled", "true");
    cut.textContent = messages.text.distinct_was_cut;
  }, { once: true });
  const action = make("td", "");
  action.append(cut);
  row.append(
    value,
    make("td", signs.map((sign) => word(messages.sign, sign)).join(messages.text.list_comma)),
    make("td", messages.number(times)),
    make("td", places.map(tagText).join(" ")),
    action,
  );
  return row;
}

/** @param {string} place */
function tagText(place) {
  return place.length === 8 ? `(${place.slice(0, 4)},${place.slice(4)})` : place;
}
