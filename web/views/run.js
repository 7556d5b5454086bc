// @ts-check
/**
 * Where the work stands: steps, stages, cancel, the one error summary, the one live region.
 *
 * Strategy: the status line always has its place, so nothing moves when it speaks.
 *
 * Invariants: a new error takes focus once; the live region says one thing at a time.
 */

import { find, setText } from "../dom.js";
import { problemText, word } from "../i18n.js";
import { isAtWork } from "../state.js";
import { runText } from "./deliver.js";

/** @typedef {import("../state.js").State} State */
/** @typedef {import("../state.js").Step} Step */
/** @typedef {import("../i18n.js").Messages} Messages */
/** @typedef {import("../session.js").Session} Session */

/** Problems that lie not in the file: the same one may well open. */
const WORTH_ANOTHER_TRY = new Set(["crash", "cancelled", "unreadable"]);

/** @param {import("../state.js").Store} store */
export function createRunView(store) {
  const live = find("#live", HTMLElement);
  const cancel = find("#cancel", HTMLButtonElement);
  const renderError = errorRenderer();

  /** @param {string} text */
  const say = (text) => {
    // Cleared first, so the same sentence twice is heard twice.
    live.textContent = "";
    setTimeout(() => (live.textContent = text), 50);
  };

  /** @param {Session} session @param {import("../batch.js").Many} many */
  const connect = (session, many) => {
    cancel.addEventListener("click", () => {
      session.cancel();
      many.cancel();
    });
    find("#error-again", HTMLButtonElement).addEventListener("click", async () => {
      await session.reopen();
      if (store.state.opened !== null) goTo(store, 2);
    });
  };
  find("#error-close", HTMLButtonElement).addEventListener("click", () => {
    store.set({ error: null });
    find("#main", HTMLElement).focus({ preventScroll: true });
  });
  for (const button of document.querySelectorAll("button[data-language]")) {
    const language = button.getAttribute("data-language");
    if (language !== "ja" && language !== "en") continue;
    button.addEventListener("click", () => store.set({ language }));
  }
  for (const button of document.querySelectorAll("button[data-step], button[data-go]")) {
    const step = /** @type {Step} */ (Number(button.getAttribute("data-step") ?? button.getAttribute("data-go")));
    button.addEventListener("click", () => goTo(store, step));
  }

  /** @param {State} state @param {Messages} messages */
  const render = (state, messages) => {
    renderSteps(state);
    renderStatus(state, messages, cancel);
    renderError(state, messages);
  };
  return { render, say, connect };
}

/** @param {import("../state.js").Store} store @param {Step} step */
function goTo(store, step) {
  const main = step === 2 || step === 3 ? step : store.state.main;
  store.set({ step, main });
  // The panel is shown by the render that `set` asked for.
  setTimeout(() => find(`#title-${step}`, HTMLElement).focus(), 0);
}

/** @param {State} state */
function renderSteps(state) {
  document.body.dataset["step"] = String(state.step);
  document.body.dataset["main"] = String(state.main);
  for (const button of document.querySelectorAll("button[data-step]")) {
    if (!(button instanceof HTMLButtonElement)) continue;
    const step = Number(button.dataset["step"]);
    button.disabled = step > 1 && state.opened === null;
    if (step === state.step) button.setAttribute("aria-current", "step");
    else button.removeAttribute("aria-current");
    button.classList.toggle("is-done", step === 1 ? state.opened !== null : step === 4 && state.saved !== null);
  }
  for (const button of document.querySelectorAll("button[data-language]")) {
    button.setAttribute("aria-pressed", String(button.getAttribute("data-language") === state.language));
  }
}

/** @param {State} state @param {Messages} messages @param {HTMLButtonElement} cancel */
function renderStatus(state, messages, cancel) {
  const { runtime, busy, booting, planning } = state;
  const progress = runtime === "starting" ? booting : (busy?.progress ?? null);
  const working = runtime === "starting" || busy !== null || planning || isAtWork(state);
  const status = find("#status", HTMLElement);
  status.dataset["state"] = runtime === "failed" ? "failed" : working ? "working" : "ready";
  const idle = planning && busy === null ? messages.runtime.planning : messages.runtime[runtime];
  const many = manyText(state, messages);
  setText(find("#status-text", HTMLElement), many ?? (progress === null ? busyText(state, messages, idle) : stageText(progress, messages)));
  cancel.hidden = busy === null && !isAtWork(state);
}

/** What is done with many files, null if nothing is. @param {State} state @param {Messages} messages */
function manyText({ batch, run }, messages) {
  if (run !== null && !run.over) return runText(run, messages);
  return batch?.phase === "listing" ? messages.listing(batch.found) : null;
}

/** @param {State} state @param {Messages} messages @param {string} idle */
function busyText({ busy, runtime }, messages, idle) {
  if (busy === null || runtime !== "ready") return idle;
  return busy.task === "open" ? messages.stage.read : messages.stage.write;
}

/** @param {import("../protocol.js").Progress} progress @param {Messages} messages */
function stageText({ stage, done, total }, messages) {
  const text = word(messages.stage, stage);
  if (done === undefined || total === undefined || total <= 0) return text;
  return `${text} ${Math.min(100, Math.round((100 * done) / total))} %`;
}

function errorRenderer() {
  const section = find("#error", HTMLElement);
  /** @type {State["error"]} */
  let shown = null;
  /** @param {State} state @param {Messages} messages */
  return ({ error, file, opened, runtime }, messages) => {
    section.hidden = error === null;
    if (error !== null) {
      const { what, next } = problemText(messages, error.code);
      setText(find("#error-what", HTMLElement), what);
      setText(find("#error-next", HTMLElement), next);
      const where = [
        error.path === null ? "" : messages.at_element(error.path),
        error.offset === null ? "" : messages.at_byte(error.offset),
        error.detail ?? "",
      ];
      setText(find("#error-where", HTMLElement), where.filter((part) => part !== "").join(" · "));
      section.dataset["code"] = error.code;
      const again = file !== null && opened === null && runtime !== "failed" && WORTH_ANOTHER_TRY.has(error.code);
      find("#error-again", HTMLElement).hidden = !again;
      find("#error-other", HTMLElement).classList.toggle("primary", !again);
      find("#error-other", HTMLElement).hidden = opened !== null || runtime === "failed";
    }
    if (error !== null && error !== shown) section.focus();
    shown = error;
  };
}
