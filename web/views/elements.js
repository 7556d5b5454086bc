// @ts-check
/**
 * Step 2: presets, categories, filters, and the table of elements.
 *
 * Strategy: which rows are shown is worked out anew when rows or the filter change; the table gets
 * row indexes only.
 *
 * Invariants: a category's one click outranks single changes made inside it before.
 */

import { find, make, setOptions, setText, stamp } from "../dom.js";
import { word } from "../i18n.js";
import { createDetail } from "./detail.js";
import { createTable, stateOf } from "./table.js";

/** @typedef {import("../state.js").State} State */
/** @typedef {import("../i18n.js").Messages} Messages */
/** @typedef {import("../session.js").Session} Session */
/** @typedef {import("../protocol.js").Row} Row */
/** @typedef {import("../protocol.js").Category} Category */
/** @typedef {import("../protocol.js").ActionName} ActionName */
/** @typedef {import("../state.js").Store} Store */

/** @type {import("../protocol.js").PresetName[]} */
const PRESETS = ["research", "in-hospital", "basic", "midi"];

/** What one click can do to a whole category; none where the engine decides alone. @type {Record<Category, ActionName[]>} */
const BULK = {
  patient: ["empty", "remove", "text", "keep"],
  contact: ["empty", "remove", "text", "keep"],
  date: ["empty", "remove", "shift", "keep"],
  place: ["empty", "remove", "text", "keep"],
  equipment: ["empty", "remove", "text", "keep"],
  study: ["empty", "remove", "text", "keep"],
  text: ["empty", "remove", "text", "keep"],
  uid: ["uid", "keep"],
  private: ["remove", "keep"],
  structure: [],
  other: [],
};
const CATEGORIES = /** @type {Category[]} */ (Object.keys(BULK));

/** @param {Store} store @param {Session} session */
export function createElementsView(store, session) {
  /** @type {Messages|null} */
  let words = null;
  const detail = createDetail(session, () => table.focus());
  const openDetail = (/** @type {Row} */ row, /** @type {ActionName} */ action) => {
    if (words !== null) void detail.open(row, words, action);
  };
  const table = createTable({
    act: (row, action) => {
      if (action === "value") openDetail(row, action);
      else session.override([{ target: row.path, action }]);
    },
    detail: (row) => openDetail(row, row.action),
    missing: (index) => session.want(index),
  });
  const presets = createPresets(session);
  const categories = createCategories(store, session);
  connectFilters(store, session);

  /** @type {unknown[]} */
  let last = [];
  /** @param {State} state @param {Messages} messages */
  const render = (state, messages) => {
    words = messages;
    if (state.opened === null) {
      last = [];
      return;
    }
    const { rows, filter } = state;
    const now = [state.opened, rows, state.rows_version, filter, state.language, state.preset, state.profile, state.overrides, state.main, state.step];
    if (now.every((value, i) => value === last[i])) return;
    const toTop = last[3] !== filter;
    last = now;
    presets(state, messages);
    categories(state, messages);
    const shown = shownRows(rows, filter);
    table.render({ shown, row: (index) => rows[index], total: rows.length, messages }, toTop);
    renderFilters(state, messages, shown.length);
  };
  return { render };
}

/** @param {Session} session */
function createPresets(session) {
  const buttons = PRESETS.map((name) => {
    const button = stamp("preset", HTMLButtonElement);
    button.dataset["testid"] = `preset-${name}`;
    button.addEventListener("click", () => session.setPreset(name));
    return { name, button };
  });
  find("#presets", HTMLElement).append(...buttons.map(({ button }) => button));
  return (/** @type {State} */ state, /** @type {Messages} */ messages) => {
    for (const { name, button } of buttons) {
      button.setAttribute("aria-pressed", String(name === state.preset && state.profile === null));
      setText(find(".preset-name", HTMLElement, button), messages.preset[name].name);
      setText(find(".preset-why", HTMLElement, button), messages.preset[name].why);
    }
  };
}

/** @param {Store} store @param {Session} session */
function createCategories(store, session) {
  const hint = make("span", "", "fine");
  const bulk = find("#bulk", HTMLElement);
  const chips = CATEGORIES.map((category) => {
    const chip = make("button", "", "chip");
    const count = make("b", "");
    const name = make("span", "");
    chip.type = "button";
    chip.dataset["category"] = category;
    chip.dataset["testid"] = `category-${category}`;
    chip.append(name, count);
    chip.addEventListener("click", () => {
      const { filter } = store.state;
      store.set({ filter: { ...filter, category: filter.category === category ? null : category } });
    });
    return { category, chip, name, count };
  });
  find("#categories", HTMLElement).append(...chips.map(({ chip }) => chip));

  return (/** @type {State} */ state, /** @type {Messages} */ messages) => {
    const counts = new Map();
    for (const row of state.rows) if (row) counts.set(row.category, (counts.get(row.category) ?? 0) + 1);
    for (const { category, chip, name, count } of chips) {
      const number = counts.get(category) ?? 0;
      const pressed = state.filter.category === category;
      chip.hidden = number === 0 && !pressed;
      chip.setAttribute("aria-pressed", String(pressed));
      chip.setAttribute("aria-label", messages.filter_category(messages.category[category], number));
      setText(name, messages.category[category]);
      setText(count, messages.number(number));
    }
    renderBulk(state, messages);
  };

  /** @param {State} state @param {Messages} messages */
  function renderBulk({ filter, overrides }, messages) {
    const { category } = filter;
    const actions = category === null ? [] : BULK[category];
    const chosen = overrides.find(({ target }) => target === category)?.action;
    const signature = [category, chosen, messages.text.title].join();
    if (bulk.dataset["signature"] === signature) return;
    const focused = bulk.contains(document.activeElement) ? document.activeElement?.getAttribute("data-testid") : null;
    bulk.dataset["signature"] = signature;
    if (category === null || actions.length === 0) {
      hint.textContent = category === null ? messages.text.category_hint : "";
      bulk.replaceChildren(hint);
      return;
    }
    const button = (/** @type {string} */ key, /** @type {boolean} */ pressed, /** @type {() => void} */ act) => {
      const made = make("button", word(messages.bulk, key), "small");
      made.type = "button";
      made.dataset["testid"] = `bulk-${key}`;
      made.setAttribute("aria-pressed", String(pressed));
      made.addEventListener("click", act);
      return made;
    };
    bulk.replaceChildren(
      make("span", messages.bulk_for(messages.category[category]), "bulk-label"),
      ...actions.map((action) => button(action, chosen === action, () => decide(category, action))),
      button("preset", chosen === undefined, () => decide(category, null)),
    );
    const again = [...bulk.querySelectorAll("button")].find((made) => made.dataset["testid"] === focused);
    again?.focus();
  }

  /** One click for all of a category. @param {Category} category @param {ActionName|null} action */
  function decide(category, action) {
    const { rows, overrides } = store.state;
    const own = new Set(rows.filter((row) => row?.category === category).map((row) => row?.path));
    const kept = overrides.filter(({ target }) => target !== category && !own.has(target));
    session.setOverrides(action === null ? kept : [...kept, { target: category, action }]);
  }
}

/** @param {Store} store @param {Session} session */
function connectFilters(store, session) {
  const search = find("#search", HTMLInputElement);
  const chosen = find("#filter-state", HTMLSelectElement);
  const filter = (/** @type {Partial<State["filter"]>} */ change) =>
    store.set({ filter: { ...store.state.filter, ...change } });
  search.addEventListener("input", () => filter({ text: search.value }));
  chosen.addEventListener("change", () => filter({ state: /** @type {State["filter"]["state"]} */ (chosen.value) }));
  find("#clear-filter", HTMLButtonElement).addEventListener("click", () => {
    filter({ category: null, state: "all", text: "" });
    search.focus();
  });
  find("#reset", HTMLButtonElement).addEventListener("click", () => session.reset());
  find("#refresh", HTMLButtonElement).addEventListener("click", () => void session.refresh());
}

/** @param {State} state @param {Messages} messages @param {number} shown */
function renderFilters({ filter, rows, rows_loaded, overrides }, messages, shown) {
  const search = find("#search", HTMLInputElement);
  if (search.value !== filter.text) search.value = filter.text;
  const chosen = find("#filter-state", HTMLSelectElement);
  setOptions(chosen, ["all", "changed", "removed", "kept"], (name) => word(messages.filter_state, name));
  chosen.value = filter.state;
  const loading = rows_loaded < rows.length ? ` · ${messages.loading_rows(rows_loaded, rows.length)}` : "";
  setText(find("#shown", HTMLElement), messages.shown(shown, rows.length) + loading);
  setText(find("#own-changes", HTMLElement), overrides.length === 0 ? "" : messages.own_changes(overrides.length));
  find("#reset", HTMLButtonElement).disabled = overrides.length === 0;
  find("#no-rows", HTMLElement).hidden = shown > 0;
}

/** What a row is found by; worked out once, as these never change. @type {WeakMap<Row, string>} */
const searchTexts = new WeakMap();

/** @param {Row} row */
function searchText(row) {
  let text = searchTexts.get(row);
  if (text === undefined) {
    text = folded([row.tag, row.tag.replace(/[(),]/g, ""), row.path, row.name, row.before].join("\n"));
    searchTexts.set(row, text);
  }
  return text;
}

/** Full-width and half-width, upper and lower case are the same to who searches. @param {string} text */
function folded(text) {
  return text.normalize("NFKC").toLowerCase();
}

/**
 * Indexes of the rows that pass the filter, in the file's order.
 * @param {readonly (Row|undefined)[]} rows @param {State["filter"]} filter
 */
function shownRows(rows, { category, state, text }) {
  const wanted = folded(text.trim());
  const open = category === null && state === "all" && wanted === "";
  /** @type {number[]} */
  const shown = [];
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index];
    if (open) shown.push(index);
    else if (row === undefined) continue;
    else if (category !== null && row.category !== category) continue;
    else if (state !== "all" && stateOf(row) !== state) continue;
    else if (wanted === "" || searchText(row).includes(wanted)) shown.push(index);
  }
  return shown;
}
