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
import { isText } from "../proposals.js";

/** @typedef {import("../state.js").State} State */
/** @typedef {import("../state.js").Search} Search */
/** @typedef {import("../i18n.js").Messages} Messages */
/** @typedef {import("../protocol.js").DetectRequest} DetectRequest */
/** @typedef {import("../protocol.js").TextRegion} TextRegion */

/** @type {DetectRequest["effort"][]} */
const EFFORTS = ["fast", "normal", "large"];
/** @type {import("../protocol.js").Detected} */
const NOTHING = { frames: [], regions: [], review: [] };
/** What the engine looks at of a cine unless told otherwise. */
const SAMPLES = 8;
/** More frames to look at for the same reason than these are counted. */
const MOST_BUTTONS = 12;

/** @param {import("../state.js").Store} store @param {import("../proposals.js").Proposals} proposals */
export function createFindView(store, proposals) {
  const effort = find("#find-effort", HTMLSelectElement);
  const every = find("#find-every", HTMLInputElement);
  const keep = find("#find-keep", HTMLInputElement);
  const all = find("#accept-all", HTMLButtonElement);
  const identifiers = find("#accept-identifiers", HTMLButtonElement);
  const dismiss = find("#dismiss", HTMLButtonElement);
  const start = find("#find-start", HTMLButtonElement);

  const isWanted = (/** @type {TextRegion} */ found) => !(keep.checked && found.keepable);
  start.addEventListener("click", () => {
    const chosen = EFFORTS.find((name) => name === effort.value) ?? "normal";
    void proposals.find({ effort: chosen, every_frame: every.checked });
  });
  find("#find-stop", HTMLButtonElement).addEventListener("click", () => proposals.stop());
  keep.addEventListener("change", () => store.set({}));
  all.addEventListener("click", () => proposals.accept(isWanted));
  identifiers.addEventListener("click", () => proposals.accept((found) => found.identifies));
  dismiss.addEventListener("click", () => proposals.dismiss());
  // What was pressed goes away with what it was about.
  for (const button of [all, identifiers, dismiss]) button.addEventListener("click", () => start.focus());

  const lines = reviewLines(store);

  /** @param {State} state @param {Messages} messages */
  const render = (state, messages) => {
    const { opened, search, masks } = state;
    if (state.main !== 3 || !opened?.pixels) return;
    find("#find", HTMLElement).hidden = !opened.pixels.maskable || !opened.pixels.previewable;
    find("#find-none", HTMLElement).hidden = canDetect();
    find("#find-ask", HTMLElement).hidden = !canDetect();
    setOptions(effort, EFFORTS, (name) => word(messages.effort, name));
    if (effort.dataset["chosen"] === undefined) effort.value = effort.dataset["chosen"] = "normal";
    find("#find-every-line", HTMLElement).hidden = opened.pixels.frames <= SAMPLES;
    setText(find("#find-every-text", HTMLElement), messages.find_every(opened.pixels.frames));
    const runs = search !== null && search.phase !== "over";
    start.disabled = runs || state.runtime !== "ready" || state.busy !== null;
    renderRun(runs ? search : null, messages);
    const proposed = masks.flatMap(({ why, applied }) => (isText(why) && !applied ? [why] : []));
    renderChoice(proposed, messages);
    find("#find-over", HTMLElement).hidden = search?.phase !== "over";
    const { frames, regions, review } = search?.found ?? NOTHING;
    setText(find("#find-result", HTMLElement), messages.find_result(regions.length, frames.length, opened.pixels.frames));
    lines(review, state, messages);
  };

  /** @param {readonly TextRegion[]} proposed @param {Messages} messages */
  const renderChoice = (proposed, messages) => {
    const wanted = proposed.filter(isWanted).length;
    const identifying = proposed.filter((found) => found.identifies).length;
    find("#find-choice", HTMLElement).hidden = proposed.length === 0;
    find("#find-keep-line", HTMLElement).hidden = !proposed.some((found) => found.keepable);
    setText(all, messages.accept_all(wanted));
    all.hidden = wanted === 0;
    setText(identifiers, messages.accept_identifiers(identifying));
    identifiers.hidden = !canRead() || identifying === 0;
  };
  return { render };
}

/** @param {Search|null} search  going on @param {Messages} messages */
function renderRun(search, messages) {
  find("#find-run", HTMLElement).hidden = search === null;
  if (search === null) return;
  const bar = find("#find-bar", HTMLProgressElement);
  // One frame has no share to show: the bar only says that something goes on.
  if (search.total > 1) bar.value = search.done / search.total;
  else bar.removeAttribute("value");
  const at = search.phase === "stopping" ? messages.text.find_stopping : messages.find_at(search.done, search.total);
  setText(find("#find-at", HTMLElement), at);
  find("#find-stop", HTMLButtonElement).disabled = search.phase === "stopping";
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

  /** @param {import("../protocol.js").Detected["review"]} review @param {State} state @param {Messages} messages */
  return (review, { language }, messages) => {
    note.hidden = review.length === 0;
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
