// @ts-check
/**
 * Step 3: the image as the engine renders it, window and level, frames, zoom.
 *
 * Strategy: one frame request at a time, and the newest wish after it; the canvas holds image pixels
 * and style sizes it. The stage scrolls natively, so panning is scrolling.
 *
 * Invariants: nothing here changes what is saved; only masks do.
 */

import { find, setOptions, setText } from "../dom.js";
import { problemText, word } from "../i18n.js";
import { RequestError } from "../client.js";
import { newMask } from "../scope.js";
import { inView } from "../state.js";
import { drag } from "./drag.js";
import { clamp, inside, outside } from "./geometry.js";
import { createMasks } from "./masks.js";
import { onPinch } from "./touch.js";

/** @typedef {import("../state.js").State} State */
/** @typedef {import("../state.js").Store} Store */
/** @typedef {import("../state.js").WindowLevel} WindowLevel */
/** @typedef {import("../i18n.js").Messages} Messages */
/** @typedef {import("../session.js").Session} Session */
/** @typedef {import("../protocol.js").PixelInfo} PixelInfo */
/** @typedef {import("../protocol.js").Unmaskable} Unmaskable */

const ZOOM_STEP = 1.25;
const ZOOM_MIN = 0.05;
const ZOOM_MAX = 16;
/** Above this, image pixels are shown as squares. */
const CRISP_FROM = 2;
/** Dragging this far across the screen changes the window by its own width. */
const WINDOW_DRAG_PX = 256;

/** @param {Store} store @param {Session} session */
export function createPixelsView(store, session) {
  const stage = find("#stage", HTMLElement);
  const picture = createPicture(store, session);
  const masks = createMasks(store, session, picture.scale);
  connectTools(store, session, picture);
  connectStage(store, stage, picture);
  new ResizeObserver(() => picture.resize()).observe(stage);

  /** @param {State} state @param {Messages} messages */
  const render = (state, messages) => {
    if (state.opened === null) picture.forget();
    if (state.opened === null || state.main !== 3) return;
    const { pixels } = state.opened;
    const shown = pixels !== null && pixels.previewable;
    renderNote(pixels, messages);
    renderUnmaskable(state, pixels, messages);
    for (const part of ["#tools", ".work"]) find(part, HTMLElement).hidden = !shown;
    if (pixels === null || !shown) return;
    renderTools(state, pixels, messages);
    find("#looked-at", HTMLInputElement).checked = state.looked.includes(inView(state));
    setText(find("#looked-text", HTMLElement), state.batch === null ? messages.text.looked_at : messages.text.looked_at_series);
    picture.render(state, messages);
    masks.render(state, messages);
  };
  return { render };
}

/** @param {PixelInfo|null} pixels @param {Messages} messages */
function renderNote(pixels, { text }) {
  const note = find("#pixels-note", HTMLElement);
  const why = pixels === null ? text.no_image : !pixels.previewable ? text.no_preview : pixels.unmaskable.length === 0 ? "" : text.not_maskable;
  note.hidden = why === "";
  setText(note, why);
}

/** What may become of pixels that no mask can be burned into. @param {State} state @param {PixelInfo|null} pixels @param {Messages} messages */
function renderUnmaskable({ unmaskable }, pixels, messages) {
  const offered = pixels?.unmaskable ?? [];
  find("#unmaskable-part", HTMLElement).hidden = offered.length === 0;
  const select = find("#unmaskable", HTMLSelectElement);
  const { keep, ...labels } = messages.unmaskable;
  const all = pixels?.maskable ? labels : { ...labels, refuse: keep };
  setOptions(select, ["refuse", ...offered], (choice) => word(all, choice));
  select.value = unmaskable === "refuse" || offered.includes(unmaskable) ? unmaskable : "refuse";
}

/** @param {State} state @param {PixelInfo} pixels @param {Messages} messages */
function renderTools(state, pixels, messages) {
  for (const button of document.querySelectorAll("button[data-mode]")) {
    const mode = button.getAttribute("data-mode");
    button.setAttribute("aria-pressed", String(mode === state.mode));
    if (!(button instanceof HTMLButtonElement)) continue;
    button.disabled = (mode === "draw" && !pixels.maskable) || (mode === "window" && !pixels.windowed);
  }
  find("#window-tools", HTMLElement).hidden = !pixels.windowed;
  find("#frame-tools", HTMLElement).hidden = pixels.frames < 2;
  for (const id of ["#frame-number", "#frame-slider"]) {
    const input = find(id, HTMLInputElement);
    input.max = String(pixels.frames);
    if (input.value !== String(state.frame)) input.value = String(state.frame);
  }
  setText(find("#frame-total", HTMLElement), messages.frames_total(pixels.frames));
  find("#zoom-fit", HTMLElement).setAttribute("aria-pressed", String(state.zoom === "fit"));
  find("#zoom-full", HTMLElement).setAttribute("aria-pressed", String(state.zoom === 1));
  find("#stage", HTMLElement).dataset["mode"] = pixels.maskable || state.mode !== "draw" ? state.mode : "pan";
  find("#mask-side", HTMLElement).hidden = !pixels.maskable;
}

/** The canvas and what is on it. @param {Store} store @param {Session} session */
function createPicture(store, session) {
  const stage = find("#stage", HTMLElement);
  const paper = find("#paper", HTMLElement);
  const canvas = find("#canvas", HTMLCanvasElement);
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const center = find("#window-center", HTMLInputElement);
  const width = find("#window-width", HTMLInputElement);
  /** What the canvas shows or is about to. @type {string} */
  let wanted = "";
  let asking = false;
  /** The window the engine used last. @type {WindowLevel} */
  let used = null;
  /** @type {Messages|null} */
  let words = null;

  const ask = async () => {
    asking = true;
    for (let asked = ""; asked !== wanted && wanted !== ""; ) {
      asked = wanted;
      const { opened, frame, window } = store.state;
      try {
        const answer = await session.frame({ frame, window });
        if (store.state.opened === opened && opened !== null) draw(answer);
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        if (store.state.opened === opened && opened !== null && error.code !== "crash") showProblem(error.code);
      }
    }
    asking = false;
  };

  /** @param {import("../protocol.js").Frame} answer */
  const draw = (answer) => {
    if (canvas.width !== answer.width || canvas.height !== answer.height) {
      canvas.width = answer.width;
      canvas.height = answer.height;
      resize();
    }
    const rgba = new Uint8ClampedArray(answer.rgba);
    context.putImageData(new ImageData(rgba, answer.width, answer.height), 0, 0);
    canvas.dataset["shown"] = String(store.state.frame);
    used = answer.window;
    for (const [input, value] of /** @type {const} */ ([[center, used?.center], [width, used?.width]])) {
      if (document.activeElement !== input) input.value = value === undefined ? "" : String(round(value));
    }
  };

  /** @param {string} code */
  const showProblem = (code) => {
    const note = find("#pixels-note", HTMLElement);
    note.hidden = false;
    if (words !== null) note.textContent = Object.values(problemText(words, code)).join(" ");
  };

  /** Screen pixels per image pixel. */
  const scale = () => {
    const { opened, zoom } = store.state;
    const pixels = opened?.pixels;
    if (!pixels || zoom !== "fit") return zoom === "fit" ? 1 : zoom;
    const room = [stage.clientWidth / pixels.width, stage.clientHeight / pixels.height];
    return Math.max(ZOOM_MIN, Math.min(...room));
  };

  const resize = () => {
    const pixels = store.state.opened?.pixels;
    if (!pixels) return;
    const factor = scale();
    paper.style.width = `${pixels.width * factor}px`;
    paper.style.height = `${pixels.height * factor}px`;
    canvas.classList.toggle("is-crisp", factor >= CRISP_FROM);
  };

  /** @param {State} state @param {Messages} messages */
  const render = (state, messages) => {
    words = messages;
    const { width: columns, height: rows } = state.opened?.pixels ?? { width: 1, height: 1 };
    stage.style.setProperty("--aspect", `${columns} / ${rows}`);
    canvas.setAttribute("aria-label", messages.frame_of(state.frame, state.opened?.pixels?.frames ?? 1));
    resize();
    const wish = JSON.stringify([state.frame, state.window]);
    if (wish === wanted) return;
    wanted = wish;
    if (!asking) void ask();
  };
  const forget = () => {
    wanted = "";
    used = null;
    delete canvas.dataset["shown"];
    context.clearRect(0, 0, canvas.width, canvas.height);
  };
  return { render, resize, scale, forget, window: () => used };
}

/** @typedef {ReturnType<typeof createPicture>} Picture */

/** @param {number} value */
const round = (value) => Math.round(value * 100) / 100;

/** @param {Store} store @param {Session} session @param {Picture} picture */
function connectTools(store, session, picture) {
  for (const button of document.querySelectorAll("button[data-mode]")) {
    const mode = /** @type {State["mode"]} */ (button.getAttribute("data-mode"));
    button.addEventListener("click", () => store.set({ mode }));
  }
  const center = find("#window-center", HTMLInputElement);
  const width = find("#window-width", HTMLInputElement);
  const setWindow = () => {
    const window = { center: center.valueAsNumber, width: Math.max(1, width.valueAsNumber) };
    if (Number.isFinite(window.center) && Number.isFinite(window.width)) store.set({ window });
  };
  center.addEventListener("change", setWindow);
  width.addEventListener("change", setWindow);
  find("#window-reset", HTMLButtonElement).addEventListener("click", () => store.set({ window: null }));
  for (const id of ["#frame-number", "#frame-slider"]) {
    const input = find(id, HTMLInputElement);
    input.addEventListener(id === "#frame-slider" ? "input" : "change", () => showFrame(store, input.valueAsNumber, input));
  }
  const buttons = { "#zoom-in": ZOOM_STEP, "#zoom-out": 1 / ZOOM_STEP };
  for (const [id, factor] of Object.entries(buttons)) {
    find(id, HTMLButtonElement).addEventListener("click", () => zoomTo(store, picture.scale() * factor));
  }
  find("#zoom-fit", HTMLButtonElement).addEventListener("click", () => store.set({ zoom: "fit" }));
  find("#zoom-full", HTMLButtonElement).addEventListener("click", () => zoomTo(store, 1));
  find("#mask-outside", HTMLButtonElement).addEventListener("click", () => maskOutside(store, session));
  const unmaskable = find("#unmaskable", HTMLSelectElement);
  unmaskable.addEventListener("change", () => session.setUnmaskable(/** @type {Unmaskable} */ (unmaskable.value)));
  const looked = find("#looked-at", HTMLInputElement);
  looked.addEventListener("change", () => session.setLooked(looked.checked));
}

/** @param {Store} store @param {Session} session */
function maskOutside(store, session) {
  const { opened, masks } = store.state;
  if (!opened?.pixels) return;
  const image = opened.pixels;
  const regions = image.regions.map((region) => inside(region, image));
  const added = outside(regions, image).map((r, index) => {
    const made = newMask(store.state, r);
    return { ...made, id: made.id + index };
  });
  session.setMasks([...masks, ...added]);
}

/** @param {Store} store @param {number} frame @param {HTMLInputElement} [input] */
function showFrame(store, frame, input) {
  const frames = store.state.opened?.pixels?.frames ?? 1;
  const next = Number.isFinite(frame) ? clamp(Math.round(frame), 1, frames) : store.state.frame;
  if (input) input.value = String(next);
  if (next !== store.state.frame) store.set({ frame: next });
}

/** @param {Store} store @param {number} factor */
function zoomTo(store, factor) {
  store.set({ zoom: clamp(factor, ZOOM_MIN, ZOOM_MAX) });
}

/**
 * Wheel, right-drag and middle-drag; the plain drag of the modes that do not draw.
 * @param {Store} store @param {HTMLElement} stage @param {Picture} picture
 */
function connectStage(store, stage, picture) {
  stage.addEventListener("contextmenu", (event) => event.preventDefault());
  stage.addEventListener(
    "wheel",
    (event) => {
      const frames = store.state.opened?.pixels?.frames ?? 1;
      if (event.ctrlKey) zoomAround(event);
      else if (frames > 1) showFrame(store, store.state.frame + Math.sign(event.deltaY));
      else return;
      event.preventDefault();
    },
    { passive: false },
  );
  stage.addEventListener("keydown", (event) => {
    if (event.target !== stage) return;
    const steps = { PageUp: -1, PageDown: 1 };
    const step = steps[/** @type {keyof typeof steps} */ (event.key)];
    if (step === undefined) return;
    event.preventDefault();
    showFrame(store, store.state.frame + step);
  });

  /** Keep what is under the pointer where it is. @param {WheelEvent} event */
  const zoomAround = (event) => {
    const box = stage.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    hold(x, y)(picture.scale() * (event.deltaY < 0 ? ZOOM_STEP : 1 / ZOOM_STEP), x, y);
  };

  /** Take the image at a point of the stage; what is returned zooms it and puts that point elsewhere. @param {number} x @param {number} y */
  const hold = (x, y) => {
    const before = picture.scale();
    const [ix, iy] = [(stage.scrollLeft + x) / before, (stage.scrollTop + y) / before];
    return (/** @type {number} */ factor, /** @type {number} */ toX, /** @type {number} */ toY) => {
      zoomTo(store, factor);
      picture.resize();
      const after = picture.scale();
      stage.scrollTo(ix * after - toX, iy * after - toY);
    };
  };
  onPinch(stage, (from) => {
    const before = picture.scale();
    const put = hold(from.x, from.y);
    return (to) => put((before * to.apart) / from.apart, to.x, to.y);
  });

  stage.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary) return;
    const mode = event.button === 2 ? "window" : event.button === 1 ? "pan" : stage.dataset["mode"];
    const window = picture.window();
    if (mode === "window" && window !== null) dragWindow(event, window);
    else if (mode === "pan") dragView(event);
  });

  /** @param {PointerEvent} start @param {{center: number, width: number}} from */
  const dragWindow = (start, from) => {
    const perPixel = Math.max(1, Math.abs(from.width)) / WINDOW_DRAG_PX;
    drag(stage, start, (dx, dy) => {
      const width = Math.max(1, from.width + dx * perPixel);
      store.set({ window: { center: from.center + dy * perPixel, width } });
    });
  };

  /** @param {PointerEvent} start */
  const dragView = (start) => {
    const [left, top] = [stage.scrollLeft, stage.scrollTop];
    drag(stage, start, (dx, dy) => stage.scrollTo(left - dx, top - dy));
  };
}
