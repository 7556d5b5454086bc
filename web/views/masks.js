// @ts-check
/**
 * Masks over the image and in a list: draw, move, resize, tick, delete, exact numbers, frames.
 *
 * Strategy: boxes are placed in per cent of the image, so zoom moves nothing. While a pointer drags,
 * only the box moves; the store and the engine hear of it at the end.
 *
 * Invariants: a mask in the store has whole numbers inside the image; a new one is ticked.
 */

import { find, setOptions, setText, stamp } from "../dom.js";
import { messagesOf, translate, word } from "../i18n.js";
import { isText } from "../look.js";
import { SCOPES, newMask } from "../scope.js";
import { drag } from "./drag.js";
import { between, clamp, inside, resize } from "./geometry.js";

/** @typedef {import("../state.js").State} State */
/** @typedef {import("../state.js").PageMask} PageMask */
/** @typedef {import("../i18n.js").Messages} Messages */
/** @typedef {import("./geometry.js").Rectangle} Rectangle */

/** Smaller than this is a click, not a drawing. */
const SMALLEST_PX = 2;
const STEP_PX = 1;
const BIG_STEP_PX = 10;

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {import("../state.js").Store} store @param {import("../session.js").Session} session
 * @param {() => number} scale  screen pixels per image pixel
 */
export function createMasks(store, session, scale) {
  const overlay = find("#overlay", HTMLElement);
  const list = find("#masks", HTMLUListElement);
  const side = find("#mask-side", HTMLElement);
  const add = find("#add-mask", HTMLButtonElement);
  /** @type {Map<number, HTMLElement>} */
  const boxes = new Map();
  /** @type {Map<number, HTMLElement>} */
  const items = new Map();

  const image = () => store.state.opened?.pixels ?? { width: 1, height: 1, frames: 1 };
  const maskOf = (/** @type {number} */ id) => store.state.masks.find((mask) => mask.id === id);

  /** @param {number} id @param {Partial<PageMask>} change */
  const change = (id, change) => {
    session.setMasks(store.state.masks.map((mask) => (mask.id === id ? { ...mask, ...change } : mask)), id);
  };

  /** @param {Rectangle} rectangle */
  const create = (rectangle) => {
    const made = newMask(store.state, rectangle);
    session.setMasks([...store.state.masks, made], made.id);
    return made.id;
  };

  /** @param {number} id @param {boolean} fromList  where focus was, it stays */
  const remove = (id, fromList) => {
    const { masks } = store.state;
    const at = masks.findIndex((mask) => mask.id === id);
    const rest = masks.filter((mask) => mask.id !== id);
    const next = rest[Math.min(at, rest.length - 1)];
    session.setMasks(rest, next?.id ?? null);
    setTimeout(() => {
      const item = next && items.get(next.id);
      if (next === undefined) add.focus();
      else if (fromList) item?.querySelector("button")?.focus();
      else boxes.get(next.id)?.focus();
    }, 0);
  };

  add.addEventListener("click", () => {
    const { width, height } = image();
    const size = { width: Math.round(width / 4), height: Math.round(height / 8) };
    const id = create(inside({ x: (width - size.width) / 2, y: (height - size.height) / 2, ...size }, image()));
    setTimeout(() => boxes.get(id)?.focus(), 0);
  });

  /** Where on the image. @param {PointerEvent} event */
  const pointOf = (event) => {
    const box = overlay.getBoundingClientRect();
    return [(event.clientX - box.left) / scale(), (event.clientY - box.top) / scale()];
  };

  overlay.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button !== 0 || find("#stage", HTMLElement).dataset["mode"] !== "draw") return;
    const target = /** @type {HTMLElement} */ (event.target);
    const box = target.closest(".mask");
    const id = [...boxes].find(([, element]) => element === box)?.[0];
    if (id === undefined) drawNew(event);
    else dragMask(event, id, target.dataset["handle"] ?? "");
  });

  /** @param {PointerEvent} event */
  const drawNew = (event) => {
    const from = pointOf(event);
    const draft = document.createElement("div");
    draft.className = "mask draft";
    overlay.append(draft);
    let drawn = between(from, from, image());
    drag(
      overlay,
      event,
      (dx, dy) => {
        drawn = between(from, [(from[0] ?? 0) + dx / scale(), (from[1] ?? 0) + dy / scale()], image());
        place(draft, drawn, image());
      },
      (completed) => {
        draft.remove();
        if (!completed || drawn.width < SMALLEST_PX || drawn.height < SMALLEST_PX) return;
        const id = create(drawn);
        setTimeout(() => boxes.get(id)?.focus({ preventScroll: true }), 0);
      },
    );
  };

  /** @param {PointerEvent} event @param {number} id @param {string} handle  "" moves */
  const dragMask = (event, id, handle) => {
    const from = maskOf(id);
    const box = boxes.get(id);
    if (from === undefined || box === undefined) return;
    box.focus({ preventScroll: true });
    store.set({ selected_mask: id });
    let now = inside(from, image());
    drag(
      overlay,
      event,
      (dx, dy) => {
        const [x, y] = [dx / scale(), dy / scale()];
        now = handle === "" ? inside({ ...from, x: from.x + x, y: from.y + y }, image()) : resize(from, handle, x, y, image());
        place(box, now, image());
      },
      (completed) => {
        if (!completed) place(box, from, image());
        else if (now.x !== from.x || now.y !== from.y || now.width !== from.width || now.height !== from.height) change(id, now);
      },
    );
  };

  /** @param {KeyboardEvent} event @param {number} id */
  const onKey = (event, id) => {
    const mask = maskOf(id);
    if (mask === undefined || event.altKey || event.metaKey) return;
    const arrow = ARROWS[event.key];
    if (arrow !== undefined) {
      const step = event.ctrlKey ? BIG_STEP_PX : STEP_PX;
      const [dx, dy] = [arrow[0] * step, arrow[1] * step];
      change(id, event.shiftKey ? resize(mask, "se", dx, dy, image()) : inside({ ...mask, x: mask.x + dx, y: mask.y + dy }, image()));
    } else if (event.key === "Delete" || event.key === "Backspace") remove(id, false);
    else if (event.key === " ") change(id, { applied: !mask.applied });
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  /** @param {number} id */
  const makeBox = (id) => {
    const box = stamp("mask-box", HTMLDivElement);
    box.dataset["testid"] = `mask-box-${id}`;
    box.addEventListener("keydown", (event) => onKey(event, id));
    box.addEventListener("focus", () => {
      if (store.state.selected_mask !== id) store.set({ selected_mask: id });
      // Only inside the list: on a narrow page this would scroll the image away.
      if (side.scrollHeight > side.clientHeight) items.get(id)?.scrollIntoView({ block: "nearest" });
    });
    overlay.append(box);
    boxes.set(id, box);
    return box;
  };

  /** @param {number} id */
  const makeItem = (id) => {
    const item = stamp("mask-item", HTMLLIElement);
    translate(item, messagesOf(store.state.language));
    item.dataset["testid"] = `mask-${id}`;
    item.addEventListener("change", () => takeItem(id, item));
    item.addEventListener("focusin", () => store.state.selected_mask !== id && store.set({ selected_mask: id }));
    button(item).addEventListener("click", () => remove(id, true));
    list.append(item);
    items.set(id, item);
    return item;
  };

  /** What the list says becomes the mask. @param {number} id @param {HTMLElement} item */
  const takeItem = (id, item) => {
    const mask = maskOf(id);
    if (mask === undefined) return;
    const number = (/** @type {string} */ name, /** @type {number} */ otherwise) => {
      const { valueAsNumber } = field(item, name);
      return Number.isFinite(valueAsNumber) ? Math.round(valueAsNumber) : otherwise;
    };
    const x = clamp(number("x", mask.x), 0, image().width - 1);
    const y = clamp(number("y", mask.y), 0, image().height - 1);
    const width = clamp(number("width", mask.width), 1, image().width - x);
    const height = clamp(number("height", mask.height), 1, image().height - y);
    const chosen = framesOf(item, mask, number);
    const scope = SCOPES.find((name) => name === scopeOf(item).value) ?? mask.scope;
    // Meant for others than before, it is meant from this image on.
    const of = scope === mask.scope ? mask.of : (store.state.batch?.leaf ?? null);
    change(id, { x, y, width, height, frames: chosen, applied: field(item, "applied").checked, scope, of });
    showNumbers(item, { ...mask, x, y, width, height, frames: chosen }, true);
  };

  /**
   * All frames, those asked for, or at first from the one in view to the last.
   * @param {HTMLElement} item @param {PageMask} mask @param {(name: string, otherwise: number) => number} number
   * @returns {[number, number]|null}
   */
  const framesOf = (item, mask, number) => {
    const { frames } = image();
    if (find("select[name=frames]", HTMLSelectElement, item).value !== "some") return null;
    if (mask.frames === null) return [store.state.frame, frames];
    const first = clamp(number("first", mask.frames[0]), 1, frames);
    return [first, clamp(number("last", mask.frames[1]), first, frames)];
  };

  /** @param {State} state @param {Messages} messages */
  const render = ({ masks, selected_mask, frame, batch }, messages) => {
    for (const [id, box] of boxes) if (!masks.some((mask) => mask.id === id)) [box.remove(), boxes.delete(id)];
    for (const [id, item] of items) if (!masks.some((mask) => mask.id === id)) [item.remove(), items.delete(id)];
    find("#no-masks", HTMLElement).hidden = masks.length > 0;
    find("#mask-keys", HTMLElement).hidden = masks.length === 0;
    for (const mask of masks) {
      const box = boxes.get(mask.id) ?? makeBox(mask.id);
      place(box, mask, image());
      const elsewhere = mask.frames !== null && (frame < mask.frames[0] || frame > mask.frames[1]);
      box.hidden = elsewhere;
      box.classList.toggle("is-applied", mask.applied);
      box.classList.toggle("is-proposed", mask.why !== null);
      box.classList.toggle("is-selected", mask.id === selected_mask);
      const where = messages.mask_place(mask.x, mask.y, mask.width, mask.height, mask.applied);
      const why = whyText(mask.why, messages);
      box.setAttribute("aria-label", `${messages.mask_name(mask.id)}: ${where}${why === "" ? "" : `, ${why}`}`);
      renderItem(items.get(mask.id) ?? makeItem(mask.id), mask, messages, image().frames, mask.id === selected_mask);
      renderScope(items.get(mask.id) ?? makeItem(mask.id), mask, messages, batch !== null);
    }
  };
  return { render };
}

/** @param {HTMLElement} box @param {Rectangle} r @param {{width: number, height: number}} image */
function place(box, r, image) {
  box.style.left = `${(100 * r.x) / image.width}%`;
  box.style.top = `${(100 * r.y) / image.height}%`;
  box.style.width = `${(100 * r.width) / image.width}%`;
  box.style.height = `${(100 * r.height) / image.height}%`;
}

/** @param {HTMLElement} item @param {string} name */
const field = (item, name) => find(`input[name="${name}"]`, HTMLInputElement, item);
/** @param {HTMLElement} item */
const scopeOf = (item) => find("select[name=scope]", HTMLSelectElement, item);
/** @param {HTMLElement} item */
const button = (item) => find("button[name=delete]", HTMLButtonElement, item);

/** @param {HTMLElement} item @param {PageMask} mask @param {Messages} messages @param {number} frames @param {boolean} selected */
function renderItem(item, mask, messages, frames, selected) {
  item.classList.toggle("is-selected", selected);
  item.classList.toggle("is-proposed", mask.why !== null);
  setText(find(".mask-why", HTMLElement, item), whyText(mask.why, messages));
  setText(find(".mask-text", HTMLElement, item), isText(mask.why) ? (mask.why.text ?? "") : "");
  setText(find(".mask-title", HTMLElement, item), `${messages.mask_name(mask.id)} – ${messages.text.mask_applied}`);
  field(item, "applied").checked = mask.applied;
  button(item).setAttribute("aria-label", messages.mask_delete_of(mask.id));
  const select = find("select[name=frames]", HTMLSelectElement, item);
  const labels = { all: messages.text.frames_all, some: messages.text.frames_some };
  setOptions(select, ["all", "some"], (value) => labels[/** @type {keyof typeof labels} */ (value)]);
  select.value = mask.frames === null ? "all" : "some";
  find(".mask-frames", HTMLElement, item).hidden = frames < 2;
  find(".range", HTMLElement, item).hidden = mask.frames === null;
  for (const name of ["first", "last"]) field(item, name).max = String(frames);
  showNumbers(item, mask, false);
}

/** Where a proposed mask comes from, "" if it was drawn. @param {PageMask["why"]} why @param {Messages} messages */
function whyText(why, messages) {
  if (why === null) return "";
  if (!isText(why)) return messages.by_template(why.template);
  const { reason, confidence } = why;
  const looks = reason?.name ? messages.equals(reason.name) : word(messages.looks_like, reason?.kind ?? "text");
  return `${looks} (${messages.share(confidence)})`;
}

/** @param {HTMLElement} item @param {PageMask} mask @param {Messages} messages @param {boolean} many */
function renderScope(item, mask, messages, many) {
  find(".mask-scope", HTMLElement, item).hidden = !many;
  setOptions(scopeOf(item), SCOPES, (scope) => word(messages.scope, scope));
  scopeOf(item).value = mask.scope;
}

/** @param {HTMLElement} item @param {PageMask} mask @param {boolean} evenFocused */
function showNumbers(item, mask, evenFocused) {
  const [first, last] = mask.frames ?? [1, 1];
  const values = { x: mask.x, y: mask.y, width: mask.width, height: mask.height, first, last };
  for (const [name, value] of Object.entries(values)) {
    const input = field(item, name);
    if (evenFocused || document.activeElement !== input) input.value = String(value);
  }
}
