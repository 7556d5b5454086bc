// @ts-check
/**
 * What the page does: open, choose, save, use a key, cancel, recover.
 *
 * Strategy: one method per wish of the person; each talks to the client and writes the store. What a
 * choice means for the open file is the planner's. Knows no DOM.
 *
 * Invariants: an answer for a file that is no longer open is dropped; after a cancel or a crash the
 * choices are still here and the file can be opened again.
 */

import { RequestError } from "./client.js";
import { againOf } from "./look.js";
import { Planner } from "./planner.js";
import { divided, newMask } from "./scope.js";
import { newKey } from "./seal.js";
import { choicesOf, freshChoices, freshView, inView, initialState, nothingOpen, unsaved } from "./state.js";

/** @typedef {import("./client.js").Client} Client */
/** @typedef {import("./state.js").Store} Store */
/** @typedef {import("./protocol.js").Override} Override */
/** @typedef {import("./i18n.js").Messages["said"]} Said */
/** @typedef {(what: (said: Said) => string) => void} Say  to the polite live region */

const PRESET_FORM = "dicomanon-preset-1";

export class Session {
  #client;
  #store;
  #say;
  #detector;
  #planner;
  #boots = 0;
  /** What cuts all ties: one for the page's whole life, until everything is forgotten. */
  #randomKey;
  #cancel = new AbortController();

  /** @param {Client} client @param {import("./detect.js").Detector} detector @param {Store} store @param {Say} say */
  constructor(client, detector, store, say) {
    this.#client = client;
    this.#detector = detector;
    this.#randomKey = client.key;
    this.#store = store;
    this.#say = say;
    this.#planner = new Planner(client, store, say, (error) => this.fail(error));
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
    this.#planner.turned();
    const { language, runtime, booting, engine } = this.#store.state;
    this.#store.set({ ...initialState(language), runtime, booting, engine });
    this.#planner.forget();
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
    void this.#planner.plan();
  }

  /** @param {import("./state.js").PageMask[]} all  masks of every image */
  setAllMasks(all) {
    this.#choose(divided(all, this.#store.state.batch?.leaf ?? null));
  }

  /**
   * What becomes of pixels that no mask can be burned into. Where none can be drawn either, removing
   * is a mask on everything; no other choice leaves it there.
   * @param {import("./protocol.js").Unmaskable} unmaskable
   */
  setUnmaskable(unmaskable) {
    const { opened, masks } = this.#store.state;
    if (!opened?.pixels || opened.pixels.maskable) return this.#choose({ unmaskable });
    const { width, height } = opened.pixels;
    const others = masks.filter((mask) => mask.width < width || mask.height < height);
    const whole = newMask(this.#store.state, { x: 0, y: 0, width, height });
    this.#choose({ unmaskable, masks: unmaskable === "remove" ? [...others, whole] : others });
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
    await this.#planner.plan();
  }

  /** Ask for everything once more. */
  refresh() {
    return this.#planner.refresh();
  }

  /** The rows around this one are wanted next. @param {number} index */
  want(index) {
    this.#planner.want(index);
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
    const turn = this.#planner.turn;
    const choices = choicesOf(this.#store.state);
    const began = new Date().toISOString();
    this.#store.set({ busy: { task: "save", progress: null }, error: null, saved: null, verdict: null });
    try {
      const made = await this.#made(choices);
      if (turn !== this.#planner.turn) return null;
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
    const { choices, times, entries = null } = run ?? { choices: choicesOf(state), times: verdict?.times };
    if (times === undefined) return null;
    try {
      const files = entries === null ? [] : [await entries.whole()];
      return (await this.#client.request("report", { files, choices, times, form, language })).text;
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
      await this.#planner.plan();
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
    this.#planner.turned();
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
    const turn = this.#planner.turned();
    this.#store.set({ busy: { task: "open", progress: null }, error: null });
    try {
      await readable(file);
      const choices = choicesOf(this.#store.state);
      const opened = await this.#request("open", { file, choices }, "open");
      if (turn !== this.#planner.turn) return;
      await this.#planner.begin(opened, choices);
    } catch (error) {
      // An engine that was replaced took its turn along; the person still waits for this answer.
      if (turn !== this.#planner.turn && !["cancelled", "crash"].includes(codeOf(error))) return;
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

  /** @param {Partial<import("./state.js").State>} change */
  #choose(change) {
    this.#store.set({ ...change, ...unsaved(this.#store.state) });
    void this.#planner.plan();
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
