// @ts-check
/**
 * Step 3, text in the image: look for it, what was found, what to accept, and where to look.
 *
 * Invariants: a frame the machine is not sure about is named until another search; the person
 * decides what is masked.
 */

import { canDetect, canRead } from "../detect.js";
import { find, make, setOptions, setText } from "../dom.js";
import { word } from "../i18n.js";
import { PLACES, imagesAt, isText, mayStay } from "../look.js";
import { isSearching } from "../state.js";
import { createFoundList } from "./found.js";

/** @typedef {import("../state.js").State} State */
/** @typedef {import("../state.js").Search} Search */
/** @typedef {import("../state.js").FoundText} FoundText */
/** @typedef {import("../state.js").Detected} Detected */
/** @typedef {import("../look.js").Where} Where */
/** @typedef {import("../i18n.js").Messages} Messages */
/** @typedef {import("../protocol.js").How} How */
/** @typedef {import("../protocol.js").TextKind} TextKind */

/** @type {How["effort"][]} */
const EFFORTS = ["fast", "normal", "large"];
/** What may be of use on an image, and so may stay. @type {TextKind[]} */
const USEFUL = ["measurement", "scale", "orientation"];
/** What the engine looks at of a cine unless told otherwise. */
const SAMPLES = 8;
/** More frames to look at for the same reason than these are counted. */
const MOST_BUTTONS = 12;

/** @param {import("../state.js").Store} store @param {import("../proposals.js").Proposals} proposals */
export function createFindView(store, proposals) {
  const where = find("#find-where", HTMLSelectElement);
  const effort = find("#find-effort", HTMLSelectElement);
  const every = find("#find-every", HTMLInputElement);
  const all = find("#accept-all", HTMLButtonElement);
  const identifiers = find("#accept-identifiers", HTMLButtonElement);
  const dismiss = find("#dismiss", HTMLButtonElement);
  const start = find("#find-start", HTMLButtonElement);

  const isWanted = (/** @type {FoundText} */ text) => !mayStay(store.state.stays, text);
  const place = () => PLACES.find((name) => name === where.value) ?? "image";
  /** Of many images the whole series, unless the person wants another place. @type {Where} */
  let wished = "series";
  start.addEventListener("click", () => {
    const chosen = EFFORTS.find((name) => name === effort.value) ?? "normal";
    void proposals.find({ effort: chosen, every_frame: every.checked, read: canRead() }, place());
  });
  find("#find-stop", HTMLButtonElement).addEventListener("click", () => proposals.stop());
  where.addEventListener("change", () => {
    wished = place();
    store.set({});
  });
  all.addEventListener("click", () => proposals.accept(isWanted));
  identifiers.addEventListener("click", () => proposals.accept((text) => text.identifies));
  dismiss.addEventListener("click", () => proposals.dismiss());
  // What was pressed goes away with what it was about.
  for (const button of [all, identifiers, dismiss]) button.addEventListener("click", () => start.focus());

  const lines = reviewLines(store);
  const stays = staysList(store);
  const list = createFoundList(store, proposals, start);
  const images = imagesMemo();

  /** @param {State} state @param {Messages} messages */
  const render = (state, messages) => {
    const { opened, search, masks, elsewhere, batch, found } = state;
    if (state.main !== 3 || !opened?.pixels) return;
    find("#find", HTMLElement).hidden = !opened.pixels.maskable || !opened.pixels.previewable;
    find("#find-none", HTMLElement).hidden = canDetect();
    find("#find-ask", HTMLElement).hidden = !canDetect();
    find("#find-where-line", HTMLElement).hidden = batch === null;
    const there = images(state);
    setOptions(where, [...there.keys()], (name) => messages.find_where(/** @type {Where} */ (name), there.get(/** @type {Where} */ (name))?.images ?? 0));
    where.value = there.has(wished) ? wished : "image";
    setOptions(effort, EFFORTS, (name) => word(messages.effort, name));
    if (effort.dataset["chosen"] === undefined) effort.value = effort.dataset["chosen"] = "normal";
    const frames = there.get(place())?.frames ?? opened.pixels.frames;
    find("#find-every-line", HTMLElement).hidden = frames <= SAMPLES;
    setText(find("#find-every-text", HTMLElement), messages.find_every(frames));
    const runs = isSearching(state);
    start.disabled = runs || state.runtime !== "ready" || state.busy !== null;
    renderRun(runs ? search : null, messages);
    renderChoice([...masks, ...elsewhere].flatMap(({ why, applied }) => (isText(why) && !applied ? [why] : [])), messages);
    const here = runs ? undefined : found.get(batch?.leaf ?? null);
    find("#find-over", HTMLElement).hidden = here === undefined;
    const { regions = [], frames: looked = [], review = [] } = here ?? {};
    setText(find("#find-result", HTMLElement), messages.find_result(regions.length, looked.length, opened.pixels.frames));
    stays(here, state, messages);
    lines(review, state, messages);
    if (!runs) list.render(state, messages);
  };

  /** @param {readonly FoundText[]} proposed @param {Messages} messages */
  const renderChoice = (proposed, messages) => {
    const wanted = proposed.filter(isWanted).length;
    const identifying = proposed.filter((text) => text.identifies).length;
    find("#find-choice", HTMLElement).hidden = proposed.length === 0;
    setText(all, messages.accept_all(wanted));
    all.hidden = wanted === 0;
    setText(identifiers, messages.accept_identifiers(identifying));
    identifiers.hidden = !canRead() || identifying === 0;
  };
  return { render };
}

/** How many images there are at each place, and the most frames of one; counted when they change. */
function imagesMemo() {
  /** @type {unknown[]} */
  let last = [];
  /** @type {Map<Where, {images: number, frames: number}>} */
  let counted = new Map();
  return (/** @type {State} */ state) => {
    const { batch, opened } = state;
    const now = [batch?.tree, batch?.phase, batch?.leaf, opened];
    if (now.some((value, at) => value !== last[at])) {
      last = now;
      const each = PLACES.map((name) => /** @type {const} */ ([name, imagesAt(state, name)]));
      counted = new Map(
        each.filter(([name, leaves]) => leaves.length > (name === "series" ? 1 : 0)).map(([name, leaves]) => {
          const frames = leaves.reduce((most, leaf) => Math.max(most, leaf?.frames ?? opened?.pixels?.frames ?? 0), 0);
          return [name, { images: leaves.length, frames }];
        }),
      );
    }
    return counted;
  };
}

/** @param {Search|null} search  going on @param {Messages} messages */
function renderRun(search, messages) {
  find("#find-run", HTMLElement).hidden = search === null;
  if (search === null) return;
  const { at, done, total, leaves, phase } = search;
  const bar = find("#find-bar", HTMLProgressElement);
  const share = (at + (total > 0 ? done / total : 0)) / leaves.length;
  // One frame has no share to show: the bar only says that something goes on.
  if (leaves.length > 1 || total > 1) bar.value = share;
  else bar.removeAttribute("value");
  const here = total > 1 || leaves.length === 1 ? messages.find_at(done, total) : "";
  const where = leaves.length > 1 ? messages.find_at_image(at + 1, leaves.length) : "";
  const text = phase === "stopping" ? messages.text.find_stopping : [where, here].filter((part) => part !== "").join(" · ");
  setText(find("#find-at", HTMLElement), text);
  find("#find-stop", HTMLButtonElement).disabled = phase === "stopping";
}

/**
 * What text may stay on images of this modality, to be ticked.
 * @param {import("../state.js").Store} store
 */
function staysList(store) {
  const set = find("#find-stays", HTMLFieldSetElement);
  const boxes = USEFUL.map((kind) => {
    const label = make("label", "", "check");
    const box = make("input", "");
    box.type = "checkbox";
    box.dataset["testid"] = `stays-${kind}`;
    const text = make("span", "");
    label.append(box, text);
    set.append(label);
    return { kind, box, text };
  });
  let modality = "";
  set.addEventListener("change", () => {
    const chosen = boxes.filter(({ box }) => box.checked).map(({ kind }) => kind);
    store.set({ stays: { ...store.state.stays, [modality]: chosen } });
  });

  /** @param {Detected|undefined} here @param {State} state @param {Messages} messages */
  return (here, { stays }, messages) => {
    set.hidden = here === undefined || here.regions.length === 0 || !canRead();
    if (here === undefined) return;
    modality = here.modality;
    setText(find("legend", HTMLLegendElement, set), messages.find_stays(modality));
    for (const { kind, box, text } of boxes) {
      setText(text, word(messages.stays, kind));
      box.checked = (stays[modality] ?? here.stays).includes(kind);
    }
  };
}

/**
 * The frames a person has to look at, each with a way there.
 * @param {import("../state.js").Store} store
 */
function reviewLines(store) {
  const note = find("#find-review", HTMLElement);
  const list = find("ul", HTMLUListElement, note);
  /** @type {unknown[]} */
  let shown = [];

  /** @param {number} frame @param {Messages} messages */
  const buttonTo = (frame, messages) => {
    const button = make("button", messages.review_frame(frame), "small");
    button.type = "button";
    button.dataset["testid"] = `review-${frame}`;
    button.addEventListener("click", () => store.set({ frame }));
    return button;
  };

  /** @param {Detected["review"]} review @param {State} state @param {Messages} messages */
  return (review, { language, looked, batch }, messages) => {
    note.hidden = review.length === 0;
    const seen = looked.includes(batch?.leaf?.series ?? null);
    setText(find("p", HTMLElement, note), seen ? messages.text.find_reviewed : messages.text.find_review);
    if (shown[0] === review && shown[1] === language) return;
    shown = [review, language];
    const items = Object.entries(Object.groupBy(review, ({ why }) => why)).map(([why, frames = []]) => {
      const item = make("li", word(messages.review, why));
      const buttons = make("div", "", "buttons");
      buttons.append(...frames.slice(0, MOST_BUTTONS).map(({ frame }) => buttonTo(frame, messages)));
      if (frames.length > MOST_BUTTONS) buttons.append(messages.more(frames.length - MOST_BUTTONS));
      item.append(buttons);
      return item;
    });
    list.replaceChildren(...items);
  };
}
