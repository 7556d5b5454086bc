// @ts-check
/**
 * Step 4: what will be done, saving, and the report.
 *
 * Invariants: what is said to be saved is what was saved: any later choice takes the sentence away.
 */

import { download, find, make, setText } from "../dom.js";
import { word } from "../i18n.js";

/** @typedef {import("../state.js").State} State */
/** @typedef {import("../i18n.js").Messages} Messages */
/** @typedef {import("../session.js").Session} Session */
/** @typedef {import("../protocol.js").ActionName} ActionName */

/** The order of the counts: what takes most away comes first. @type {ActionName[]} */
const ORDER = ["remove", "empty", "zero", "dummy", "text", "value", "uid", "pseudonym", "shift", "age", "clean", "keep"];

/** @param {import("../state.js").Store} store @param {Session} session @param {(text: string) => void} say */
export function createResultView(store, session, say) {
  const save = find("#save", HTMLButtonElement);
  const copy = find("#report-copy", HTMLButtonElement);
  const report = find("#report-save", HTMLButtonElement);
  /** @type {Messages|null} */
  let words = null;

  save.addEventListener("click", async () => {
    const saved = await session.save();
    if (saved !== null) download(saved.blob, saved.name);
  });
  report.addEventListener("click", () => {
    const { saved } = store.state;
    if (saved !== null) download(new Blob([saved.report], { type: "text/plain" }), `${stemOf(saved.name)}-report.txt`);
  });
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(store.state.saved?.report ?? "");
      say(words?.said.copied ?? "");
    } catch {
      // Browsers refuse for reasons of their own; the other button does the same job.
      store.set({ error: { code: "clipboard", path: null, offset: null } });
    }
  });

  /** @param {State} state @param {Messages} messages */
  const render = (state, messages) => {
    words = messages;
    const { saved, counts } = state;
    save.disabled = state.busy !== null || state.opened === null || state.runtime !== "ready";
    setText(save, saved === null ? messages.text.save : messages.text.save_again);
    for (const element of [copy, report, find("#saved", HTMLElement)]) element.hidden = saved === null;
    if (saved !== null) setText(find("#saved", HTMLElement), messages.saved(saved.name));
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

/** @param {State} state @param {Messages} messages */
function cautionOf({ warnings, masks, opened, saved }, messages) {
  if (saved !== null || !opened?.pixels) return "";
  if (masks.some(({ applied }) => !applied)) return messages.text.caution_unticked;
  const risky = warnings.some(({ code, level }) => code.startsWith("burned_in_") && level !== "low");
  return risky && masks.length === 0 ? messages.text.caution_unmasked : "";
}

/** @param {string} name */
function stemOf(name) {
  return name.replace(/\.[^.]*$/, "");
}
