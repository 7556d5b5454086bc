// @ts-check
/**
 * Patients, studies and series of many files; a click opens one of the images in the table.
 *
 * Strategy: nested lists of what is there, made anew when it grew; a thumbnail is asked for when its
 * series comes into view, one at a time, and not while all are being saved.
 *
 * Invariants: names and descriptions are set as text. What is not shown is counted.
 */

import { find, make, setText, stamp } from "../dom.js";
import { problemText } from "../i18n.js";
import { RequestError } from "../client.js";
import { isAtWork } from "../state.js";
import { byRisk, countsOf, seriesOf, treeWarnings } from "../tree.js";
import { warningItem } from "./warning.js";

/** @typedef {import("../state.js").State} State */
/** @typedef {import("../state.js").Left} Left */
/** @typedef {import("../i18n.js").Messages} Messages */
/** @typedef {import("../batch.js").Many} Many */
/** @typedef {import("../tree.js").Series} Series */

/** More is no longer looked at one by one. */
const SHOWN_SERIES = 300;
const SHOWN_LEFT = 200;
const THUMB_PX = 48;

/** @param {import("../state.js").Store} store @param {Many} many */
export function createTreeView(store, many) {
  const list = find("#tree", HTMLUListElement);
  const thumbs = createThumbs(store, many);
  const step = (/** @type {number} */ by) => {
    const leaf = store.state.batch?.leaf;
    const at = leaf?.series.leaves.indexOf(leaf) ?? -1;
    const next = leaf?.series.leaves[at + by];
    if (next !== undefined) void many.show(next);
  };
  find("#step-back", HTMLButtonElement).addEventListener("click", () => step(-1));
  find("#step-on", HTMLButtonElement).addEventListener("click", () => step(1));
  const risky = find("#tree-risk", HTMLInputElement);
  risky.addEventListener("change", () => store.set({}));
  /** @type {unknown[]} */
  let shown = [];

  /** @param {Series} series */
  const open = (series) => {
    const middle = series.leaves[Math.floor(series.leaves.length / 2)];
    if (middle !== undefined) void many.show(middle);
  };

  /** @param {State} state @param {Messages} messages */
  const render = (state, messages) => {
    const { batch, language } = state;
    find("#batch", HTMLElement).hidden = batch === null;
    renderStepper(state, messages);
    if (batch === null) list.replaceChildren();
    const now = [batch?.tree, batch?.tree.images, batch?.phase, batch?.skipped.length, language, risky.checked];
    if (batch !== null && now.some((value, i) => value !== shown[i])) {
      setText(find("#batch-counts", HTMLElement), messages.counts(countsOf(batch.tree)));
      renderWarnings(batch.tree, messages);
      find("#tree-risk-line", HTMLElement).hidden = [...seriesOf(batch.tree)].every(({ burned_in }) => burned_in === "");
      renderLeft(find("#skipped", HTMLDetailsElement), batch.skipped, messages.skipped(batch.skipped.length), messages);
      // While it grows only its counts are told: nothing jumps under the pointer.
      const ordered = risky.checked ? byRisk(batch.tree) : batch.tree;
      if (batch.phase !== "listing") list.replaceChildren(...branches(ordered, language, messages, open, thumbs.watch));
    }
    shown = now;
    for (const button of list.querySelectorAll("button.series")) {
      if (thumbs.seriesAt(button) === batch?.leaf?.series) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  };
  return { render };
}

/** @param {State} state @param {Messages} messages */
function renderStepper({ batch, busy }, messages) {
  const leaves = batch?.leaf?.series.leaves ?? [];
  const at = batch?.leaf ? leaves.indexOf(batch.leaf) : -1;
  find("#stepper", HTMLElement).hidden = leaves.length < 2 || batch?.phase === "listing";
  setText(find("#step-of", HTMLElement), messages.step_of(at + 1, leaves.length));
  find("#step-back", HTMLButtonElement).disabled = at <= 0 || busy !== null;
  find("#step-on", HTMLButtonElement).disabled = at >= leaves.length - 1 || busy !== null;
}

/** @param {import("../tree.js").Tree} tree @param {Messages} messages */
function renderWarnings(tree, messages) {
  const items = treeWarnings(tree).map((warning) => warningItem(warning, messages));
  find("#batch-warnings", HTMLElement).replaceChildren(...items);
}

/**
 * What is not there, and why.
 * @param {HTMLDetailsElement} details @param {readonly Left[]} left @param {string} title @param {Messages} messages
 */
export function renderLeft(details, left, title, messages) {
  details.hidden = left.length === 0;
  setText(find("summary", HTMLElement, details), title);
  const items = left.slice(0, SHOWN_LEFT).map(({ name, code, path }) => {
    const item = make("li", "");
    const place = path === null ? "" : ` ${messages.at_element(path)}`;
    item.append(make("bdi", name), make("span", problemText(messages, code).what + place));
    return item;
  });
  if (left.length > SHOWN_LEFT) items.push(make("li", messages.more(left.length - SHOWN_LEFT)));
  find("ul", HTMLUListElement, details).replaceChildren(...items);
}

/** The group of a name that people of that language read. @param {State["language"]} language @param {string} name */
function nameIn(language, name) {
  const [alphabetic = "", ideographic = ""] = name.split("=").map((group) => group.replaceAll("^", " ").trim());
  return language === "ja" ? ideographic || alphabetic : alphabetic || ideographic;
}

/**
 * @param {import("../tree.js").Tree} tree @param {State["language"]} language @param {Messages} messages
 * @param {(series: Series) => void} open @param {(button: HTMLElement, series: Series) => void} watch
 */
function branches(tree, language, messages, open, watch) {
  let room = SHOWN_SERIES;
  const items = [];
  for (const patient of tree.patients.values()) {
    if (room <= 0) break;
    const name = nameIn(language, patient.name) || messages.text.unnamed;
    const inner = make("ul", "");
    for (const study of patient.studies.values()) {
      const shown = [...study.series.values()].slice(0, Math.max(0, room));
      room -= study.series.size;
      const rows = make("ul", "");
      rows.append(...shown.map((series) => seriesRow(series, messages, open, watch)));
      inner.append(branch(`${study.date} ${study.description}`.trim() || messages.text.unnamed, rows, "study"));
    }
    items.push(branch(patient.id === "" ? name : `${name} (${patient.id})`, inner, "patient"));
  }
  const total = [...seriesOf(tree)].length;
  if (total > SHOWN_SERIES) items.push(make("li", messages.more(total - SHOWN_SERIES)));
  return items;
}

/** @param {string} title @param {HTMLElement} inner @param {string} className */
function branch(title, inner, className) {
  const item = make("li", "", className);
  item.append(make("bdi", title), inner);
  return item;
}

/** What a series is called on the page. @param {Series} series @param {Messages} messages */
export function nameOf({ modality, number, description }, messages) {
  return [modality, number, description].filter((part) => part !== "").join(" ") || messages.text.unnamed;
}

/**
 * @param {Series} series @param {Messages} messages
 * @param {(series: Series) => void} open @param {(button: HTMLElement, series: Series) => void} watch
 */
function seriesRow(series, messages, open, watch) {
  const row = stamp("tree-series", HTMLLIElement);
  const button = find("button", HTMLButtonElement, row);
  setText(find(".series-name", HTMLElement, row), nameOf(series, messages));
  setText(find(".series-count", HTMLElement, row), messages.images(series.leaves.length));
  button.classList.toggle("is-risky", series.burned_in !== "" && series.burned_in !== "burned_in_possible");
  button.addEventListener("click", () => open(series));
  watch(button, series);
  return row;
}

/** Thumbnails, one after the other, of what is in view. @param {import("../state.js").Store} store @param {Many} many */
function createThumbs(store, many) {
  /** @type {WeakMap<Element, Series>} */
  const series = new WeakMap();
  /** What was drawn, for rows that are made anew. @type {WeakMap<Series, ImageBitmap|null>} */
  const known = new WeakMap();
  /** @type {Set<Element>} */
  const wanted = new Set();
  let asking = false;

  const ask = async () => {
    asking = true;
    for (const button of wanted) {
      if (store.state.batch === null || isAtWork(store.state)) break;
      wanted.delete(button);
      const of = series.get(button);
      if (of === undefined || !button.isConnected) continue;
      if (!known.has(of)) known.set(of, await picture(many, of));
      draw(button, known.get(of) ?? null);
    }
    asking = false;
  };
  const seen = new IntersectionObserver((changes) => {
    for (const { target, isIntersecting } of changes) {
      if (isIntersecting) wanted.add(target);
      else wanted.delete(target);
    }
    if (!asking) void ask();
  });

  /** @param {HTMLElement} button @param {Series} of */
  const watch = (button, of) => {
    series.set(button, of);
    seen.observe(button);
  };
  return { watch, seriesAt: (/** @type {Element} */ button) => series.get(button) };
}

/** @param {Many} many @param {Series} series */
async function picture(many, series) {
  const leaf = series.leaves[Math.floor(series.leaves.length / 2)];
  if (leaf === undefined || leaf.columns_px === 0) return null;
  try {
    const { rgba, width, height } = await many.thumbnail(leaf);
    const scale = THUMB_PX / Math.max(width, height);
    const size = { resizeWidth: Math.max(1, Math.round(width * scale)), resizeHeight: Math.max(1, Math.round(height * scale)) };
    return await createImageBitmap(new ImageData(new Uint8ClampedArray(rgba), width, height), size);
  } catch (error) {
    // What cannot be shown has no thumbnail; opening it says why.
    if (error instanceof RequestError) return null;
    throw error;
  }
}

/** @param {Element} button @param {ImageBitmap|null} bitmap */
function draw(button, bitmap) {
  if (bitmap === null) return;
  const context = find("canvas", HTMLCanvasElement, button).getContext("2d");
  context?.drawImage(bitmap, (THUMB_PX - bitmap.width) / 2, (THUMB_PX - bitmap.height) / 2);
}
