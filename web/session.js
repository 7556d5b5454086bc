// @ts-check
/**
 * What the page does: open, plan, load rows, save, use a key, cancel, recover.
 *
 * Strategy: one method per wish of the person; each talks to the client and writes the store. Plans
 * run one at a time, and whatever is wished meanwhile is planned once more at the end. Knows no DOM.
 *
 * Invariants: an answer for a file that is no longer open is dropped; a choice the engine refuses is
 * taken back; after a cancel or a crash the choices are still here and the file can be opened again.
 */

import { RequestError } from "./client.js";
import { againOf } from "./look.js";
import { divided } from "./scope.js";
import { newKey } from "./seal.js";
import { choicesOf, freshChoices, freshView, inView, initialState, nothingOpen, unsaved } from "./state.js";

/** @typedef {import("./client.js").Client} Client */
/** @typedef {import("./state.js").Store} Store */
/** @typedef {import("./protocol.js").Override} Override */
/** @typedef {import("./i18n.js").Messages["said"]} Said */

/** Rows asked for at once: about 10 ms of engine time. */
const CHUNK_ROWS = 1000;
const PRESET_FORM = "dicomanon-preset-1";

export class Session {
  #client;
  #store;
  #say;
  /** The open file's turn: grows with every opening, so late answers are known. */
  #turn = 0;
  #planning = false;
  #planAgain = false;
  #detector;
  /** A row the person is looking at that is not here yet. */
  #wantedRow = 0;
  #boots = 0;
  /** The choices of the last plan that worked. @type {Pick<import("./state.js").State, "preset"|"profile"|"options"|"overrides">} */
  #good = { preset: "research", profile: null, options: [], overrides: [] };
  /** What cuts all ties: one for the page's whole life, until everything is forgotten. */
  #randomKey;
  #cancel = new AbortController();

  /**
   * @param {Client} client @param {import("./detect.js").Detector} detector @param {Store} store
   * @param {(what: (said: Said) => string) => void} say  to the polite live region
   */
  constructor(client, detector, store, say) {
    this.#client = client;
    this.#detector = detector;
    this.#randomKey = client.key;
    this.#store = store;
    this.#say = say;
    client.addEventListener("restarted", (event) => {
      void this.#restarted(/** @type {CustomEvent<import("./client.js").RestartReason>} */ (event).detail);
    });
    void this.#boot();
  }

  /** Open a file, and nothing else; it waits while the engine starts. @param {File} file */
  open(file) {
    this.#store.set({ ...nothingOpen(), ...freshChoices(), file, name: file.name, batch: null, run: null, error: null });
    return this.#open(file);
  }

  /** Open one of many; what was chosen stays. @param {import("./tree.js").Leaf} leaf */
  async show(leaf) {
    const asked = this.#store.state.batch?.tree;
    try {
      const file = await leaf.item.open();
      const { batch, masks, elsewhere } = this.#store.state;
      if (batch === null || batch.tree !== asked) return;
      this.#store.set({
        ...freshView(), ...divided([...masks, ...elsewhere], leaf),
        batch: { ...batch, leaf }, file, name: leaf.item.name,
      });
      await this.#open(file);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Forget everything: files, pixels, choices and keys. The engine starts anew. */
  forget() {
    this.#turn += 1;
    const { language, runtime, booting, engine } = this.#store.state;
    this.#store.set({ ...initialState(language), runtime, booting, engine });
    this.#good = { preset: "research", profile: null, options: [], overrides: [] };
    this.#randomKey = newKey();
    this.#client.renew(this.#randomKey);
  }

  /** Open the same file again with the choices made before. */
  async reopen() {
    const { file } = this.#store.state;
    if (file !== null) await this.#open(file);
  }

  /** Stop opening or saving: the engine starts anew. */
  cancel() {
    this.#cancel.abort();
  }

  /** @param {import("./protocol.js").PresetName} preset */
  setPreset(preset) {
    this.#choose({ preset, profile: null });
  }

  /** Decide by a preset of the person's own; what was changed by hand before is gone. @param {Record<string, unknown>} profile */
  setProfile(profile) {
    this.#choose({ profile, overrides: [] });
  }

  /** The choices as the text of a preset file, null if there is a problem. */
  async presetText() {
    try {
      return (await this.#client.request("preset", { choices: choicesOf(this.#store.state) })).text;
    } catch (error) {
      this.fail(error);
      return null;
    }
  }

  /** @param {string[]} options  of PS3.15 Annex E */
  setOptions(options) {
    this.#choose({ options });
  }

  /** Add choices; a later one for the same target replaces the earlier. @param {Override[]} added */
  override(added) {
    const targets = new Set(added.map(({ target }) => target));
    const kept = this.#store.state.overrides.filter(({ target }) => !targets.has(target));
    this.setOverrides([...kept, ...added]);
  }

  /** @param {Override[]} overrides  all of them */
  setOverrides(overrides) {
    this.#choose({ overrides });
  }

  reset() {
    this.#choose({ overrides: [] });
    this.#say((said) => said.reset);
  }

  /** @param {import("./state.js").PageMask[]} masks @param {number|null} [selected] */
  setMasks(masks, selected = this.#store.state.selected_mask) {
    this.#store.set({ masks, selected_mask: selected, ...unsaved(this.#store.state) });
    void this.#plan();
  }

  /** @param {import("./state.js").PageMask[]} all  masks of every image */
  setAllMasks(all) {
    this.#choose(divided(all, this.#store.state.batch?.leaf ?? null));
  }

  /** Say that every frame in view was looked at, or take it back. @param {boolean} seen */
  setLooked(seen) {
    const here = inView(this.#store.state);
    const others = this.#store.state.looked.filter((series) => series !== here);
    this.#choose({ looked: seen ? [...others, here] : others });
  }

  /** Cut a text out of every text that stays, by a preset of the person's own. @param {string} text */
  cut(text) {
    const { preset, profile } = this.#store.state;
    const own = profile ?? { form: PRESET_FORM, extends: preset };
    const listed = Array.isArray(own["cut"]) ? own["cut"] : [];
    this.#choose({ profile: { ...own, cut: [...listed, text] } });
    this.#say((said) => said.cut);
  }

  /** The likeliest to name somebody of what would stay. @param {import("./protocol.js").Requests["ranked"][0]} counted */
  ranked(counted) {
    return this.#client.request("ranked", counted);
  }

  /** Put earlier choices back. @param {import("./history.js").Chosen} chosen */
  async restore({ masks, ...chosen }) {
    const here = divided(masks, this.#store.state.batch?.leaf ?? null);
    this.#store.set({ ...chosen, ...here, selected_mask: null, ...unsaved(this.#store.state) });
    await this.#plan();
  }

  /** Ask for everything once more. */
  async refresh() {
    const { rows } = this.#store.state;
    this.#store.set({ rows: new Array(rows.length), rows_loaded: 0 });
    await this.#plan();
    void this.#loadRows(this.#turn);
  }

  /** The rows around this one are wanted next. @param {number} index */
  want(index) {
    this.#wantedRow = index;
  }

  /** @param {number} index */
  value(index) {
    return this.#client.request("value", { index });
  }

  /** @param {import("./protocol.js").FrameRequest} request */
  frame(request) {
    return this.#client.request("frame", request);
  }

  /** Make the output and search it; null: there is none. @returns {Promise<import("./state.js").Verdict|null>} */
  async check() {
    const turn = this.#turn;
    const choices = choicesOf(this.#store.state);
    const began = new Date().toISOString();
    this.#store.set({ busy: { task: "save", progress: null }, error: null, saved: null, verdict: null });
    try {
      const made = await this.#made(choices);
      if (turn !== this.#turn) return null;
      // What was chosen meanwhile holds.
      if (JSON.stringify(choices) !== JSON.stringify(choicesOf(this.#store.state))) return await this.check();
      /** @type {import("./state.js").Verdict} */
      const verdict = { ...made, times: [began, new Date().toISOString()] };
      this.#store.set({ verdict, busy: null });
      this.#say((said) => said.checked(made.passed, made.findings.filter(({ strength }) => strength === "strong").length));
      return verdict;
    } catch (error) {
      this.#store.set({ busy: null });
      this.fail(error);
      return null;
    }
  }

  /** @param {import("./protocol.js").Choices} choices @returns {Promise<import("./protocol.js").Verdict>} */
  async #made(choices) {
    const { state } = this.#store;
    const again = againOf(state, state.batch?.leaf ?? null);
    const answer = await this.#request("save", { choices, again }, "save");
    const onProgress = (/** @type {number} */ done, /** @type {number} */ total) =>
      this.#store.set({ busy: { task: "save", progress: { stage: "look", done, total } } });
    return this.#detector.finish(this.#client, answer, { signal: this.#cancel.signal, onProgress });
  }

  /** What the check let pass. @returns {Promise<import("./protocol.js").Saved|null>} */
  async save() {
    const verdict = this.#store.state.verdict ?? (await this.check());
    if (!verdict?.passed) return null;
    this.#store.set({ saved: verdict });
    this.#say((said) => said.saved);
    return verdict;
  }

  /** Let what was found pass, for a reason. @param {string} reason */
  async accept(reason) {
    const { verdict } = this.#store.state;
    if (verdict === null) return;
    this.#store.set({ accepted: { reason, places: placesOf(verdict.findings) } });
    await this.check();
  }

  /** The report of what was saved last, null if there is a problem. @param {import("./protocol.js").ReportRequest["form"]} form */
  async report(form) {
    const { state } = this.#store;
    const { run, verdict, language } = state;
    const { choices, times, entries } = run ?? { choices: choicesOf(state), times: verdict?.times, entries: null };
    if (times === undefined) return null;
    const all = entries === null ? "" : `[${entries.join(",")}]`;
    try {
      return (await this.#client.request("report", { choices, times, entries: all, form, language })).text;
    } catch (error) {
      this.fail(error);
      return null;
    }
  }

  /** Use a key file's text; null: the page's own key again. @param {string|null} text */
  async useKey(text) {
    try {
      const { fingerprint } = await this.#client.request("key", { text: text ?? this.#randomKey });
      this.#store.set({ key: text === null ? null : { fingerprint }, ...unsaved(this.#store.state) });
      if (text !== null) this.#say((said) => said.key(fingerprint));
      await this.#plan();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Show a problem; what is not the engine's is a mistake of the page. @param {unknown} error */
  fail(error) {
    if (!(error instanceof RequestError)) throw error;
    const { code, path, offset, detail } = error;
    // Python's None arrives as undefined.
    this.#store.set({ error: { code, path: path ?? null, offset: offset ?? null, detail } });
  }

  async #boot() {
    const { ready } = this.#client;
    this.#boots += 1;
    try {
      const engine = await ready;
      this.#boots = 0;
      this.#store.set({ runtime: "ready", booting: null, engine });
    } catch {
      // A start that was replaced by another is that one's business.
      if (ready !== this.#client.ready) return;
      const error = { code: "start", path: null, offset: null };
      this.#store.set({ runtime: "failed", booting: null, busy: null, error });
    }
  }

  /** @param {import("./client.js").RestartReason} reason */
  async #restarted(reason) {
    this.#turn += 1;
    this.#cancel = new AbortController();
    const { busy, file, opened } = this.#store.state;
    if (this.#boots >= 2) this.#client.close();
    this.#store.set({ runtime: "starting" });
    if (reason === "crash") {
      const error = { code: "crash", path: null, offset: null };
      this.#store.set({ ...nothingOpen(), busy: null, error, step: 1, main: 2 });
    }
    await this.#boot();
    if (reason === "cancelled" && busy?.task !== "open" && opened !== null && file !== null) {
      await this.#open(file);
      this.#say((said) => said.cancelled);
    }
  }

  /** @param {Blob} file */
  async #open(file) {
    const turn = ++this.#turn;
    this.#store.set({ busy: { task: "open", progress: null }, error: null });
    try {
      await readable(file);
      const choices = choicesOf(this.#store.state);
      const opened = await this.#request("open", { file, choices }, "open");
      if (turn !== this.#turn) return;
      /** @type {(import("./protocol.js").Row|undefined)[]} */
      const rows = new Array(opened.total_rows);
      opened.rows.forEach((row) => (rows[row.index] = row));
      const { preset, profile = null, options: wanted = [], overrides } = choices;
      this.#good = { preset, profile, options: wanted, overrides };
      const { counts, warnings } = opened;
      this.#store.set({
        opened, rows, counts, warnings, rows_loaded: opened.rows.length, rows_version: 1, busy: null,
        saved: null, verdict: null,
      });
      this.#say((said) => said.opened(opened.total_rows));
      await this.#loadRows(turn);
    } catch (error) {
      // An engine that was replaced took its turn along; the person still waits for this answer.
      if (turn !== this.#turn && !["cancelled", "crash"].includes(codeOf(error))) return;
      this.#store.set({ ...nothingOpen(), busy: null, step: 1 });
      this.fail(error);
    }
  }

  /**
   * A request the person can watch and cancel.
   * @template {"open"|"save"} T
   * @param {T} type @param {import("./protocol.js").Requests[T][0]} body @param {"open"|"save"} task
   */
  #request(type, body, task) {
    this.#cancel = new AbortController();
    return this.#client.request(type, body, {
      signal: this.#cancel.signal,
      onProgress: (progress) => this.#store.set({ busy: { task, progress } }),
    });
  }

  /** Bring the rest of the rows, what is looked at first. @param {number} turn */
  async #loadRows(turn) {
    for (;;) {
      const { rows } = this.#store.state;
      const start = nextMissing(rows, this.#wantedRow);
      if (start < 0 || turn !== this.#turn) return;
      const stop = Math.min(rows.length, start + CHUNK_ROWS);
      const answer = await this.#client.request("rows", { start, stop });
      if (turn !== this.#turn || answer.length === 0) return;
      const added = answer.filter(({ index }) => rows[index] === undefined).length;
      for (const row of answer) rows[row.index] = row;
      const { rows_version, rows_loaded } = this.#store.state;
      this.#store.set({ rows_version: rows_version + 1, rows_loaded: rows_loaded + added });
    }
  }

  /** @param {Partial<import("./state.js").State>} change */
  #choose(change) {
    this.#store.set({ ...change, ...unsaved(this.#store.state) });
    void this.#plan();
  }

  /** Decide anew; what changes meanwhile is decided in one more round. */
  async #plan() {
    if (this.#store.state.opened === null) return;
    this.#planAgain = true;
    if (this.#planning) return;
    this.#planning = true;
    const turn = this.#turn;
    this.#store.set({ planning: true });
    try {
      while (this.#planAgain && turn === this.#turn) {
        this.#planAgain = false;
        await this.#planOnce(turn);
      }
    } finally {
      this.#planning = false;
      this.#store.set({ planning: false });
    }
  }

  /** @param {number} turn */
  async #planOnce(turn) {
    const { preset, profile, options, overrides } = this.#store.state;
    try {
      const planned = await this.#client.request("plan", { choices: choicesOf(this.#store.state) });
      if (turn !== this.#turn) return;
      const { rows, rows_version } = this.#store.state;
      for (const change of planned.changes) {
        const row = rows[change.index];
        if (row !== undefined) Object.assign(row, change);
      }
      this.#good = { preset, profile, options, overrides };
      const { counts, warnings } = planned;
      this.#store.set({ rows_version: rows_version + 1, counts, warnings });
      this.#say((said) => said.planned(counts.changed));
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#store.set({ ...this.#good });
      this.fail(error);
    }
  }
}

/** Which findings a person means who was shown these. @param {readonly import("./protocol.js").Finding[]} findings */
export function placesOf(findings) {
  return findings
    .filter(({ strength }) => strength === "strong")
    .map(({ path, kind }) => /** @type {[string|null, string]} */ ([path, kind]));
}

/**
 * Whether the browser may read the file at all; it may be a folder, gone, or locked.
 * @param {Blob} file
 */
async function readable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw new RequestError({ code: "unreadable", path: null, offset: null });
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof RequestError ? error.code : "";
}

/**
 * The first row that is not here, from `wanted` on, then from the start; -1 if all are.
 * @param {readonly unknown[]} rows @param {number} wanted
 */
function nextMissing(rows, wanted) {
  for (let i = wanted; i < rows.length; i++) if (rows[i] === undefined) return i;
  for (let i = 0; i < rows.length; i++) if (rows[i] === undefined) return i;
  return -1;
}
