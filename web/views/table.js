// @ts-check
/**
 * A grid of any number of rows of equal height, of which only those in view exist.
 *
 * Strategy: rows lie at absolute offsets in a body as high as all of them; scrolling moves the rows
 * that left the view to the other end and fills them anew. One cell is in the tab order; arrow keys
 * move it, Enter goes into a cell, Escape comes back (WAI-ARIA grid).
 *
 * Invariants: rows stand in the document in the order of the screen; a row that has focus is not
 * reused without handing focus to the grid first; texts are set as text.
 */

import { find, setOptions, setText, stamp } from "../dom.js";
import { word } from "../i18n.js";
import { showCuts } from "./cuts.js";

/** @typedef {import("../protocol.js").Row} Row */
/** @typedef {import("../protocol.js").ActionName} ActionName */
/** @typedef {import("../i18n.js").Messages} Messages */

/** Rows kept ready above and below the view. */
const SPARE = 6;
const COLUMNS = 7;
const ACTION_COLUMN = 5;

/**
 * @typedef {object} Source  what the table shows
 * @property {readonly number[]} shown  row indexes in order
 * @property {(index: number) => Row|undefined} row
 * @property {number} total  rows without any filter
 * @property {Messages} messages
 */

/**
 * @typedef {object} Wishes
 * @property {(row: Row, action: ActionName) => void} act
 * @property {(row: Row) => void} detail
 * @property {(index: number) => void} missing  a row in view is not loaded
 */

/** One row on the screen and what it shows. */
class Line {
  position = -1;
  /** @type {Row|undefined} */
  row = undefined;

  constructor() {
    this.element = stamp("row", HTMLTableRowElement);
    this.cells = [...this.element.cells];
    this.category = find(".c-category .tag", HTMLElement, this.element);
    this.tag = find(".c-tag", HTMLElement, this.element);
    this.name = find(".name", HTMLElement, this.element);
    this.path = find(".path", HTMLElement, this.element);
    this.vr = find(".c-vr", HTMLElement, this.element);
    this.before = find(".c-before bdi", HTMLElement, this.element);
    this.select = find("select", HTMLSelectElement, this.element);
    this.after = find(".c-after bdi", HTMLElement, this.element);
  }

  /** @param {number} position @param {number} height @param {Source} source */
  fill(position, height, source) {
    const index = source.shown[position];
    const row = index === undefined ? undefined : source.row(index);
    this.position = position;
    this.row = row;
    this.element.hidden = index === undefined;
    this.element.style.transform = `translateY(${position * height}px)`;
    this.element.setAttribute("aria-rowindex", String(position + 2));
    this.element.classList.toggle("is-loading", row === undefined);
    this.select.hidden = row === undefined;
    if (row !== undefined) this.#show(row, source.messages);
    else for (const part of [this.category, this.tag, this.name, this.path, this.vr, this.after]) setText(part, "");
    if (row === undefined) showCuts(this.before, "", [], source.messages);
  }

  /** @param {Row} row @param {Messages} messages */
  #show(row, messages) {
    const { element } = this;
    element.dataset["category"] = row.category;
    element.dataset["testid"] = `row-${row.path}`;
    element.dataset["state"] = stateOf(row);
    element.classList.toggle("is-changed", row.changed || row.inside);
    element.classList.toggle("is-own", row.rule === "override");
    element.style.setProperty("--depth", String(Math.min(row.depth, 8)));
    const name = row.name === "" ? row.tag : row.name;
    setText(this.category, word(messages.category, row.category));
    setText(this.tag, row.tag);
    setText(this.name, row.name === "" ? "—" : row.name);
    setText(this.path, row.depth > 0 ? row.path : "");
    setText(this.vr, row.vr);
    showCuts(this.before, row.before, row.cuts, messages);
    setText(this.after, afterText(row, messages));
    this.after.classList.toggle("is-word", row.inside || (row.after === "" && row.changed));
    const actions = row.allowed.includes(row.action) ? row.allowed : [...row.allowed, row.action];
    setOptions(this.select, actions, (action) => word(messages.action, action));
    this.select.value = row.action;
    this.select.disabled = row.inside || actions.length < 2;
    this.select.setAttribute("aria-label", messages.action_for(name));
    this.select.title = word(messages.rule, row.rule);
  }
}

/** What becomes of an element. @param {Row} row @returns {Exclude<import("../state.js").FilterState, "all">} */
export function stateOf(row) {
  if (row.inside || row.action === "remove") return "removed";
  return row.changed ? "changed" : "kept";
}

/** What stands under "value after". @param {Row} row @param {Messages} messages */
export function afterText(row, messages) {
  if (row.inside) return messages.inside;
  if (row.action === "remove") return messages.removed;
  return row.after === "" && row.changed ? messages.emptied : row.after;
}

/** @param {Wishes} wishes */
export function createTable(wishes) {
  const view = find("#table-view", HTMLElement);
  const table = find("#table", HTMLTableElement);
  const body = find("#rows", HTMLTableSectionElement);
  const head = /** @type {HTMLTableSectionElement} */ (table.tHead);
  /** @type {Line[]} */
  let lines = [];
  /** @type {Source|null} */
  let source = null;
  let height = 0;
  const active = { position: 0, column: 2 };
  /** The one cell in the tab order. @type {HTMLTableCellElement|undefined} */
  let marked;

  const lineAt = (/** @type {number} */ position) => lines.find((line) => line.position === position);
  const hasFocus = () => view.contains(document.activeElement);

  /** Measure one row; its height follows the text size and the width of the window. */
  const measure = () => {
    if (lines.length === 0) grow(1);
    const [line] = lines;
    if (line === undefined) return;
    line.element.hidden = false;
    height = line.element.getBoundingClientRect().height;
  };

  /** @param {number} count */
  const grow = (count) => {
    while (lines.length < count) {
      const line = new Line();
      lines.push(line);
      body.append(line.element);
    }
    for (const line of lines.splice(count)) line.element.remove();
  };

  /** Put the rows where the view is. @param {boolean} refill  fill also those that stay */
  const place = (refill) => {
    if (source === null || view.clientHeight === 0) return;
    if (refill || height === 0) measure();
    if (height === 0) return;
    const count = Math.min(source.shown.length, Math.ceil(view.clientHeight / height) + 2 * SPARE);
    if (count !== lines.length) {
      grow(Math.max(count, 1));
      refill = true;
    }
    const first = Math.max(0, Math.min(Math.floor(view.scrollTop / height) - SPARE, source.shown.length - count));
    const kept = (/** @type {Line} */ line) => !refill && line.position >= first && line.position < first + count;
    const free = lines.filter((line) => !kept(line));
    const filled = new Map(lines.filter(kept).map((line) => [line.position, line]));
    if (!refill) releaseFocus(free);
    /** @type {Line[]} */
    const ordered = [];
    for (let position = first; position < first + Math.max(count, 1); position++) {
      const line = filled.get(position) ?? (refill ? lines[position - first] : free.pop());
      if (line === undefined) continue;
      if (!filled.has(position)) line.fill(position, height, source);
      ordered.push(line);
    }
    reorder(ordered);
    askForMissing();
    markActive();
  };

  /** Focus must not wander with a reused row. @param {Line[]} reused */
  const releaseFocus = (reused) => {
    if (reused.some(({ element }) => element.contains(document.activeElement))) view.focus({ preventScroll: true });
  };

  /** @param {Line[]} ordered */
  const reorder = (ordered) => {
    lines = ordered;
    ordered.forEach(({ element }, i) => {
      if (body.children[i] !== element) body.insertBefore(element, body.children[i] ?? null);
    });
  };

  const askForMissing = () => {
    const missing = lines.find(({ row, element }) => row === undefined && !element.hidden);
    const index = missing === undefined ? undefined : source?.shown[missing.position];
    if (index !== undefined) wishes.missing(index);
  };

  const markActive = () => {
    const cell = lineAt(active.position)?.cells[active.column];
    if (cell !== marked) {
      if (marked !== undefined) marked.tabIndex = -1;
      if (cell !== undefined) cell.tabIndex = 0;
      marked = cell;
    }
    // Scrolled out of view: the grid itself takes Tab, and the next key brings the cell back.
    const tab = marked !== undefined || lines.length === 0 ? -1 : 0;
    if (view.tabIndex !== tab) view.tabIndex = tab;
  };

  /** @param {number} position @param {number} column */
  const moveTo = (position, column) => {
    if (source === null || source.shown.length === 0) return;
    active.position = Math.min(Math.max(position, 0), source.shown.length - 1);
    active.column = Math.min(Math.max(column, 0), COLUMNS - 1);
    const top = active.position * height;
    const room = view.clientHeight - head.offsetHeight;
    if (top < view.scrollTop) view.scrollTop = top;
    else if (top + height > view.scrollTop + room) view.scrollTop = top + height - room;
    place(false);
    lineAt(active.position)?.cells[active.column]?.focus({ preventScroll: true });
  };

  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (target instanceof HTMLSelectElement) {
      if (event.key !== "Escape") return;
      event.preventDefault();
      moveTo(active.position, ACTION_COLUMN);
      return;
    }
    const page = Math.max(1, Math.floor((view.clientHeight - head.offsetHeight) / height) - 1);
    const { position, column } = active;
    const last = (source?.shown.length ?? 0) - 1;
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowDown: () => moveTo(position + 1, column),
      ArrowUp: () => moveTo(position - 1, column),
      ArrowRight: () => moveTo(position, column + 1),
      ArrowLeft: () => moveTo(position, column - 1),
      PageDown: () => moveTo(position + page, column),
      PageUp: () => moveTo(position - page, column),
      Home: () => moveTo(event.ctrlKey ? 0 : position, event.ctrlKey ? column : 0),
      End: () => moveTo(event.ctrlKey ? last : position, event.ctrlKey ? column : COLUMNS - 1),
      Enter: enter,
      F2: enter,
      " ": enter,
    };
    const act = keys[event.key];
    if (act === undefined || event.altKey || event.metaKey) return;
    event.preventDefault();
    act();
  };

  const enter = () => {
    const line = lineAt(active.position);
    if (line?.row === undefined) return;
    if (active.column === ACTION_COLUMN && !line.select.disabled) line.select.focus();
    else wishes.detail(line.row);
  };

  /** The line and column an event happened in. @param {Event} event */
  const whereOf = (event) => {
    const cell = /** @type {Element} */ (event.target).closest("td");
    const line = lines.find(({ element }) => element === cell?.parentElement);
    return cell === null || line === undefined ? null : { line, column: cell.cellIndex };
  };

  view.addEventListener("scroll", () => place(false), { passive: true });
  view.addEventListener("keydown", onKey);
  body.addEventListener("focusin", (event) => {
    const where = whereOf(event);
    if (where === null) return;
    active.position = where.line.position;
    active.column = where.column;
    markActive();
  });
  body.addEventListener("click", (event) => {
    const where = whereOf(event);
    if (where?.line.row === undefined || where.column === ACTION_COLUMN) return;
    wishes.detail(where.line.row);
  });
  body.addEventListener("change", (event) => {
    const where = whereOf(event);
    if (where?.line.row === undefined || !(event.target instanceof HTMLSelectElement)) return;
    const action = /** @type {ActionName} */ (event.target.value);
    // The plan says what happens; until it has, the row shows what was decided.
    wishes.act(where.line.row, action);
  });
  new ResizeObserver(() => place(true)).observe(view);

  /** @param {Source} next @param {boolean} toTop  the filter changed */
  const render = (next, toTop) => {
    source = next;
    const held = hasFocus();
    if (toTop) {
      view.scrollTop = 0;
      active.position = 0;
    }
    active.position = Math.min(active.position, Math.max(0, next.shown.length - 1));
    table.setAttribute("aria-rowcount", String(next.shown.length + 1));
    table.setAttribute("aria-colcount", String(COLUMNS));
    measure();
    body.style.height = `${next.shown.length * height}px`;
    place(true);
    if (held && !hasFocus() && !document.querySelector("dialog[open]")) moveTo(active.position, active.column);
  };

  /** Show again what was decided, and give focus back to the active cell. */
  const focus = () => {
    place(true);
    moveTo(active.position, active.column);
  };
  return { render, focus };
}
