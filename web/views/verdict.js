// @ts-check
/**
 * Step 4: what the search of the output found, before anything is saved, and a person's word on it.
 *
 * Strategy: one line that always has its place says how it stands; the dialog behind it lists every
 * finding and takes a reason. Of many files the line is about the last run, and the reason is for
 * those that were refused.
 *
 * Invariants: findings are told by place and kind, never by value. Nothing that was refused is saved
 * without a reason and the word that each place was looked at.
 */

import { find, make, setText } from "../dom.js";
import { word } from "../i18n.js";
import { isAtWork } from "../state.js";

/** @typedef {import("../state.js").State} State */
/** @typedef {import("../state.js").Left} Left */
/** @typedef {import("../i18n.js").Messages} Messages */
/** @typedef {import("../protocol.js").Finding} Finding */
/** @typedef {"none"|"checking"|"passed"|"accepted"|"refused"} Standing */

const REASON_CHARS = 10;
/** More files are told by their number. */
const SHOWN_FILES = 50;

/**
 * @param {import("../state.js").Store} store @param {import("../session.js").Session} session
 * @param {(retry: import("../state.js").Retry) => void} deliver  ask where refused files go
 */
export function createVerdictView(store, session, deliver) {
  const dialog = find("#verdict-dialog", HTMLDialogElement);
  const form = find("form", HTMLFormElement, dialog);
  const reason = find("#verdict-reason", HTMLTextAreaElement);
  const looked = find("#verdict-looked", HTMLInputElement);
  reason.minLength = REASON_CHARS;

  find("#verdict-check", HTMLButtonElement).addEventListener("click", () => void session.check());
  find("#verdict-open", HTMLButtonElement).addEventListener("click", () => dialog.showModal());
  find("#verdict-close", HTMLButtonElement).addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => form.reset());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = reason.value.trim();
    // The browser counts spaces, too.
    reason.setCustomValidity(text.length < REASON_CHARS ? (words?.text.verdict_reason_hint ?? "") : "");
    if (!form.reportValidity()) return;
    const { batch, run } = store.state;
    dialog.close();
    if (batch === null) void session.accept(text);
    else if (run !== null) deliver({ reason: text, files: refusedBy(run.failed) });
  });
  reason.addEventListener("input", () => reason.setCustomValidity(""));

  /** @type {Messages|null} */
  let words = null;
  /** @type {unknown[]} */
  let last = [];
  let step = 1;
  /** @param {State} state @param {Messages} messages */
  const render = (state, messages) => {
    words = messages;
    const entered = state.step === 4 && step !== 4;
    step = state.step;
    if (entered && canCheck(state) && state.verdict === null) void session.check();
    const now = [state.verdict, state.run, state.batch === null, state.busy?.task, state.accepted, state.language, state.opened];
    if (now.every((value, i) => value === last[i])) return;
    last = now;
    const standing = standingOf(state);
    find("#verdict", HTMLElement).dataset["standing"] = standing;
    setText(find("#verdict-text", HTMLElement), lineOf(standing, state, messages));
    find("#verdict-check", HTMLElement).hidden = standing !== "none" || state.batch !== null;
    find("#verdict-check", HTMLButtonElement).disabled = !canCheck(state);
    find("#verdict-open", HTMLElement).hidden = standing === "none" || standing === "checking";
    renderDialog(standing, state, messages, (path) => {
      dialog.close();
      store.set({ filter: { category: null, state: "all", text: path }, step: 2, main: 2 });
    });
    looked.required = reason.required = standing === "refused";
  };

  /** Show what keeps a file from being saved. */
  const open = () => {
    if (standingOf(store.state) === "refused" && !dialog.open) dialog.showModal();
  };
  return { render, open };
}

/** @param {State} state */
function canCheck(state) {
  const { opened, batch, busy, runtime } = state;
  return opened !== null && batch === null && busy === null && runtime === "ready" && !isAtWork(state);
}

/** @param {State} state @returns {Standing} */
function standingOf({ batch, run, verdict, busy }) {
  if (batch !== null) {
    if (run === null) return "none";
    if (refusedBy(run.failed).length > 0 && run.over) return "refused";
    return run.over ? "passed" : "checking";
  }
  if (verdict === null) return busy?.task === "save" ? "checking" : "none";
  if (!verdict.passed) return "refused";
  return verdict.accepted ? "accepted" : "passed";
}

/** @param {readonly Left[]} failed */
function refusedBy(failed) {
  return failed.filter(({ code }) => code === "leak");
}

/** @param {Standing} standing @param {State} state @param {Messages} messages */
function lineOf(standing, { batch, run, verdict, accepted }, messages) {
  const { text } = messages;
  if (standing === "checking") return text.verdict_checking;
  if (standing === "none") return batch === null ? text.verdict_none : text.verdict_none_many;
  if (batch !== null) {
    return standing === "refused" ? messages.verdict_refused_many(refusedBy(run?.failed ?? []).length) : messages.verdict_passed_many(run?.done ?? 0);
  }
  const strong = (verdict?.findings ?? []).filter((finding) => finding.strength === "strong");
  if (standing === "accepted") return messages.verdict_accepted(strong.length, accepted?.reason ?? "");
  if (standing === "passed") return text.verdict_passed;
  const kinds = [...new Set(strong.map(({ kind }) => word(messages.finding, kind)))];
  return messages.verdict_refused(strong.length, kinds.join(text.list_comma));
}

/** @param {Standing} standing @param {State} state @param {Messages} messages @param {(path: string) => void} show */
function renderDialog(standing, state, messages, show) {
  const { batch, run, verdict } = state;
  find("#verdict-dialog", HTMLElement).dataset["standing"] = standing;
  setText(find("#verdict-title", HTMLElement), lineOf(standing, state, messages));
  const searched = (verdict?.searched ?? run?.searched ?? []).map((category) => word(messages.category, category));
  setText(find("#verdict-searched", HTMLElement), searched.length === 0 ? "" : messages.verdict_searched(searched.join(messages.text.list_comma)));
  find("#verdict-word", HTMLFieldSetElement).hidden = standing !== "refused";
  find("#verdict-accept", HTMLElement).hidden = standing !== "refused";
  const list = find("#verdict-findings", HTMLElement);
  if (batch === null) {
    const findings = verdict?.findings ?? [];
    list.replaceChildren(findings.length === 0 ? make("p", messages.text.verdict_nothing, "fine") : findingList(findings, state, messages, show));
    return;
  }
  const refused = refusedBy(run?.failed ?? []);
  const parts = refused.slice(0, SHOWN_FILES).flatMap(({ name, findings = [] }) => {
    const title = make("h3", "");
    title.append(make("bdi", name));
    return [title, findingList(findings.filter(({ strength }) => strength === "strong"), state, messages, null)];
  });
  if (refused.length > SHOWN_FILES) parts.push(make("p", messages.more(refused.length - SHOWN_FILES)));
  if (run !== null && run.weak > 0) parts.push(make("p", messages.verdict_weak(run.weak), "fine"));
  list.replaceChildren(...parts);
}

/**
 * @param {readonly Finding[]} findings @param {State} state @param {Messages} messages
 * @param {((path: string) => void)|null} show  the element in the table
 */
function findingList(findings, { rows }, messages, show) {
  const list = make("ul", "", "findings-list");
  list.append(
    ...findings.map(({ path, kind, strength, where }) => {
      const item = make("li", "");
      item.dataset["strength"] = strength;
      const row = path === null ? undefined : rows.find((found) => found?.path === path);
      item.append(make("b", word(messages.strength, strength)), " ", make("span", word(messages.finding, kind)));
      item.append(" · ", make("span", word(messages.where, where)));
      if (path !== null) item.append(" · ", make("span", `${row?.name ?? ""} ${path}`.trim(), "finding-path"));
      if (row !== undefined && show !== null) {
        const button = make("button", messages.text.verdict_show, "small");
        button.type = "button";
        button.addEventListener("click", () => show(row.path));
        item.append(" ", button);
      }
      return item;
    }),
  );
  return list;
}
