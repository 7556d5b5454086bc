// @ts-check
/**
 * Step 4: what will be done, saving, and the report.
 *
 * Invariants: what is said to be saved is what was saved: any later choice takes the sentence away.
 */

import { download, find, make, setOptions, setText } from "../dom.js";
import { word } from "../i18n.js";
import { isText, mayStay } from "../look.js";
import { isAtWork, isUnsure, totalOf } from "../state.js";
import { treeWarnings } from "../tree.js";

/** @typedef {import("../state.js").State} State */
/** @typedef {import("../i18n.js").Messages} Messages */
/** @typedef {import("../session.js").Session} Session */
/** @typedef {import("../protocol.js").ActionName} ActionName */

/** The order of the counts: what takes most away comes first. @type {ActionName[]} */
const ORDER = ["remove", "empty", "zero", "dummy", "text", "value", "uid", "pseudonym", "shift", "year", "age", "clean", "keep"];

/** @typedef {import("../protocol.js").ReportRequest["form"]|"text"} ReportForm */

/** Media type and the end of the name, the likeliest first. @type {Record<ReportForm, [string, string]>} */
const REPORTS = {
  page: ["text/html", "report.html"],
  summary: ["text/html", "summary.html"],
  text: ["text/plain", "report.txt"],
  json: ["application/json", "report.json"],
  csv: ["text/csv", "report.csv"],
};

/**
 * @param {import("../state.js").Store} store @param {Session} session @param {(text: string) => void} say
 * @param {() => void} deliver  ask where many files go @param {() => void} explain  why there is nothing to save
 */
export function createResultView(store, session, say, deliver, explain) {
  const save = find("#save", HTMLButtonElement);
  const copy = find("#report-copy", HTMLButtonElement);
  const report = find("#report-save", HTMLButtonElement);
  const form = find("#report-form", HTMLSelectElement);
  /** @type {Messages|null} */
  let words = null;

  save.addEventListener("click", async () => {
    if (store.state.batch !== null) return deliver();
    const saved = await session.save();
    if (saved !== null) download(saved.blob, saved.name);
    else explain();
  });
  report.addEventListener("click", async () => {
    const { text, stem } = reportOf(store.state);
    const chosen = /** @type {ReportForm} */ (form.value);
    const [type, ending] = REPORTS[chosen];
    const content = chosen === "text" ? text : await session.report(chosen);
    if (content !== null) download(new Blob([content], { type }), `${stem}-${ending}`);
  });
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(reportOf(store.state).text);
      say(words?.said.copied ?? "");
    } catch {
      // Browsers refuse for reasons of their own; the other button does the same job.
      store.set({ error: { code: "clipboard", path: null, offset: null } });
    }
  });

  /** @param {State} state @param {Messages} messages */
  const render = (state, messages) => {
    words = messages;
    const { saved, counts, batch, busy, opened, runtime, verdict } = state;
    save.disabled = busy !== null || opened === null || runtime !== "ready" || isAtWork(state) || verdict?.passed === false;
    const once = saved === null ? messages.text.save : messages.text.save_again;
    setText(save, batch === null ? once : messages.save_many(totalOf(state)));
    const done = savedText(state, messages);
    for (const element of [copy, find("#report", HTMLElement)]) element.hidden = done === "";
    setOptions(form, Object.keys(REPORTS), (name) => word(messages.report_form, name));
    setText(find("#saved", HTMLElement), done);
    setText(find("#caution", HTMLElement), cautionOf(state, messages));
    if (counts !== null) renderCounts(saved?.counts ?? counts, state, messages);
  };
  return { render };
}

/** @param {import("../protocol.js").Counts} counts @param {State} state @param {Messages} messages */
function renderCounts(counts, state, messages) {
  const applied = state.masks.filter((mask) => mask.applied).length;
  const totals = [messages.will_change(counts.changed, counts.total)];
  if (state.opened?.pixels) totals.push(messages.will_mask(applied));
  if (state.batch !== null) totals.push(messages.for_all(totalOf(state)));
  setText(find("#totals", HTMLElement), totals.join(" · "));
  const list = find("#counts", HTMLUListElement);
  const signature = JSON.stringify([counts.actions, state.language]);
  if (list.dataset["signature"] === signature) return;
  list.dataset["signature"] = signature;
  const found = ORDER.filter((action) => (counts.actions[action] ?? 0) > 0);
  list.replaceChildren(
    ...found.map((action) => {
      const item = make("li", `${word(messages.action, action).replace("…", "")} `);
      item.dataset["action"] = action;
      item.append(make("b", messages.number(counts.actions[action] ?? 0)));
      return item;
    }),
  );
}

/** What was saved last, "" if nothing or something else was chosen since. @param {State} state @param {Messages} messages */
function savedText({ saved, run }, messages) {
  if (run?.over) return messages.many_saved(run.done, run.name);
  return saved === null ? "" : messages.saved(saved.name);
}

/** The record of what was saved last. @param {State} state */
function reportOf({ saved, run }) {
  if (run?.over) return { text: run.report, stem: stemOf(run.name ?? "dicomanon") };
  return { text: saved?.report ?? "", stem: stemOf(saved?.name ?? "dicomanon") };
}

/** @param {State} state @param {Messages} messages */
function cautionOf(state, messages) {
  const { warnings, masks, elsewhere, opened, saved, batch, run, found, looked, stays } = state;
  if (saved !== null || run !== null || !opened) return "";
  const isUnseen = (/** @type {import("../tree.js").Leaf|null} */ leaf) => isUnsure(state, leaf) && !looked.includes(leaf?.series ?? null);
  if ([...found.keys()].some(isUnseen)) return messages.text.caution_review;
  if (batch !== null) {
    const many = treeWarnings(batch.tree).some(({ code }) => code === "many_burned_in");
    return many && masks.length + elsewhere.length === 0 ? messages.text.caution_many : "";
  }
  if (!opened.pixels) return "";
  const isKept = (/** @type {import("../state.js").Why|null} */ why) => isText(why) && mayStay(stays, why);
  if (masks.some(({ applied, why }) => !applied && !isKept(why))) return messages.text.caution_unticked;
  const risky = warnings.some(({ code, level }) => code.startsWith("burned_in_") && level !== "low");
  return risky && masks.length === 0 ? messages.text.caution_unmasked : "";
}

/** @param {string} name */
function stemOf(name) {
  return name.replace(/\.[^.]*$/, "");
}
