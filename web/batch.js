// @ts-check
/**
 * Many files: list them, show one, anonymize all, in one go.
 *
 * Strategy: a first round reads headers and grows the tree; the first image is opened in the table
 * as a sample, and what is chosen there holds for all. A second round anonymizes, each file by
 * whichever engine is free, straight into a sink. Knows no DOM.
 *
 * Invariants: one bad file never stops the others; a sink that fails stops all. No more files are
 * held than two for each engine. What is cancelled leaves no output of its ZIP, and engines end at once.
 */

import { RequestError } from "./client.js";
import { itemsOf, onlyFile } from "./intake.js";
import { againOf } from "./look.js";
import { Entries, runReport } from "./run-report.js";
import { masksOn } from "./scope.js";
import { placesOf } from "./session.js";
import { choicesOf, freshChoices, isAtWork, isUnsure, nothingOpen, totalOf } from "./state.js";
import { emptyTree, grow, leavesOf, sortTree } from "./tree.js";

/** @typedef {import("./archiver.js").Archiver} Archiver */
/** @typedef {import("./client.js").Client} Client */
/** @typedef {import("./i18n.js").Messages["said"]} Said */
/** @typedef {import("./intake.js").Given} Given */
/** @typedef {import("./intake.js").Item} Item */
/** @typedef {import("./pool.js").Pool} Pool */
/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./sinks.js").Sink} Sink */
/** @typedef {import("./state.js").Batch} Batch */
/** @typedef {import("./state.js").Run} Run */
/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Store} Store */
/** @typedef {import("./tree.js").Leaf} Leaf */

/** Files listed by one request: a message costs as much as a header. */
const PORTION = 16;
/** The screen hears of progress this often. */
const TELL_MS = 200;
/** So many images are tried until one opens. */
const SAMPLES = 10;
/** Problems of where the output goes, not of a file. */
const SINK_ERRORS = new Set(["disk_full", "unwritable"]);

export class Many {
  #store;
  #session;
  #pool;
  #archiver;
  #detector;
  #say;
  /** Ends the round that is going on. */
  #stop = new AbortController();
  /** When listing was last told of. */
  #told_ms = 0;
  /** Resolves when the first image is in the table. @type {PromiseWithResolvers<void>} */
  #sample = Promise.withResolvers();

  /**
   * @param {Store} store @param {Session} session @param {Pool} pool @param {Archiver} archiver
   * @param {import("./detect.js").Detector} detector
   * @param {(what: (said: Said) => string) => void} say  to the polite live region
   */
  constructor(store, session, pool, archiver, detector, say) {
    this.#store = store;
    this.#session = session;
    this.#pool = pool;
    this.#archiver = archiver;
    this.#detector = detector;
    this.#say = say;
  }

  /** Take what the person gave: one file opens at once; of more, as soon as the first is found. @param {Given} given */
  async give(given) {
    if (given.length === 0) return;
    this.forget();
    const file = await onlyFile(given);
    if (file !== null) await this.#session.open(file);
    else {
      const listing = this.#list(given);
      // Who waits for the sample no longer hears of the rest; a mistake of the page must not be lost.
      listing.catch((error) => this.#session.fail(error));
      await Promise.race([listing, this.#sample.promise]);
    }
  }

  /** Stop listing or saving. */
  cancel() {
    if (!isAtWork(this.#store.state)) return;
    this.#stop.abort();
    this.#pool.close();
    this.#store.set({ run: null });
    this.#tell({ phase: "ready" });
    this.#say((said) => said.cancelled);
  }

  /** Stop, and let go of every file. */
  forget() {
    this.#stop.abort();
    this.#pool.close();
    this.#archiver.close();
    this.#store.set({ batch: null, run: null });
  }

  /** Open another of the images in the table. @param {Leaf} leaf */
  show(leaf) {
    return this.#session.show(leaf);
  }

  /** The middle frame of an image, small files and large alike. @param {Leaf} leaf */
  async thumbnail(leaf) {
    return this.#pool.any().request("thumbnail", { file: await leaf.item.open() });
  }

  /**
   * Anonymize every file into a sink, by the choices of this moment.
   * @param {Sink} sink @param {string|null} name  of the ZIP
   * @param {import("./state.js").Retry|null} retry  only these, which the check refused
   * @returns {Promise<Blob|null>} what is to be handed over
   */
  async save(sink, name, retry) {
    const { state } = this.#store;
    const stop = this.#begin();
    const run = newRun(state, name, retry);
    /** @type {string[]} */
    const lines = [];
    const tell = (/** @type {Partial<Run>} */ change) => {
      if (!stop.aborted) this.#store.set({ run: { ...run, now_ms: performance.now(), ...change } });
    };
    tell({});
    const ticking = setInterval(tell, TELL_MS, {});
    try {
      await this.#pool.each(jobsOf(state, retry), (client, job) => saveOne(client, this.#detector, job, sink, run, lines), { signal: stop });
      if (stop.aborted) return await abandoned(sink);
      const blob = run.done > 0 ? await sink.finish() : await abandoned(sink);
      clearInterval(ticking);
      run.times[1] = new Date().toISOString();
      tell({ over: true, report: runReport(state, run, lines) });
      this.#say((said) => said.many_saved(run.done, run.failed.length));
      return blob;
    } catch (error) {
      this.#pool.close();
      await abandoned(sink);
      if (stop.aborted) return null;
      this.#store.set({ run: null });
      this.#session.fail(error);
      return null;
    } finally {
      clearInterval(ticking);
    }
  }

  /**
   * Every text that would stay in the outputs, with its count and places.
   * @param {(done: number) => void} onProgress  files
   * @returns {Promise<{rows: import("./protocol.js").Counted[], files: number}|null>} null: stopped
   */
  async kept(onProgress) {
    const { state } = this.#store;
    const stop = this.#begin();
    const choices = choicesOf(state);
    /** @type {Map<string, import("./protocol.js").Counted>} */
    const all = new Map();
    let files = 0;
    const portions = inPortions(itemsIn(state));
    await this.#pool.each(portions, async (client, portion) => {
      const tried = await Promise.all(portion.map(opened));
      const readable = tried.filter((file) => file instanceof Blob);
      const answer = await client.request("kept", { files: readable, choices });
      for (const [text, times, places] of answer.rows) {
        const [, before, others] = all.get(text) ?? [text, 0, []];
        all.set(text, [text, before + times, [...new Set([...others, ...places])]]);
      }
      onProgress((files += answer.files));
    }, { signal: stop, share: true });
    return stop.aborted ? null : { rows: [...all.values()], files };
  }

  /** @param {Given} given */
  async #list(given) {
    const stop = this.#begin();
    this.#sample = Promise.withResolvers();
    const tree = emptyTree();
    this.#store.set({
      ...nothingOpen(), ...freshChoices(), file: null, name: "", error: null, step: 1, main: 2,
      batch: { phase: "listing", found: 0, tree, version: 0, skipped: [], leaf: null }, run: null,
    });
    try {
      const portions = inPortions(itemsOf(given, this.#archiver));
      await this.#pool.each(portions, (client, portion) => this.#listSome(client, portion, tree), { signal: stop, share: true });
    } catch (error) {
      this.#session.fail(error);
    }
    if (stop.aborted) return;
    sortTree(tree);
    this.#tell({ phase: "ready" });
    if (tree.images > 0) await this.#showAny(tree);
    if (tree.images === 0) this.#store.set({ error: { code: "no_images", path: null, offset: null } });
    else this.#say((said) => said.listed(tree.images));
  }

  /** @param {Client} client @param {Item[]} portion @param {import("./tree.js").Tree} tree */
  async #listSome(client, portion, tree) {
    const tried = await Promise.all(portion.map(opened));
    const files = tried.filter((file) => file instanceof Blob);
    const answers = await indexOf(client, files);
    const { batch } = this.#store.state;
    if (batch?.tree !== tree) return;
    portion.forEach((item, index) => {
      const file = tried[index];
      const answer = file instanceof Blob ? answers[files.indexOf(file)] : { error: file };
      if (answer !== undefined && "sop_class" in answer) this.#grown(grow(tree, item, answer));
      else batch.skipped.push({ name: item.name, code: answer?.error?.code ?? "unreadable", path: null });
    });
    const listed = this.#store.state.batch;
    if (listed === null) return;
    listed.found += portion.length;
    // All views look at the whole tree when they are told.
    if (performance.now() - this.#told_ms < TELL_MS) return;
    this.#told_ms = performance.now();
    this.#tell({});
  }

  /** The first image is the sample. @param {Leaf} leaf */
  #grown(leaf) {
    const { batch } = this.#store.state;
    if (batch === null || batch.leaf !== null) return;
    this.#tell({ leaf });
    this.#sample.resolve(this.#session.show(leaf));
  }

  /** Where the first image does not open, one of the next may. @param {import("./tree.js").Tree} tree */
  async #showAny(tree) {
    await this.#sample.promise;
    let tries = SAMPLES;
    for (const leaf of leavesOf(tree)) {
      if (this.#store.state.opened !== null || this.#store.state.batch?.tree !== tree || tries-- === 0) return;
      await this.#session.show(leaf);
    }
  }

  #begin() {
    this.#stop.abort();
    this.#stop = new AbortController();
    return this.#stop.signal;
  }

  /** @param {Partial<Batch>} change */
  #tell(change) {
    const { batch } = this.#store.state;
    if (batch !== null) this.#store.set({ batch: { ...batch, ...change, version: batch.version + 1 } });
  }
}

/** @param {State} state @param {string|null} name @param {import("./state.js").Retry|null} retry @returns {Run} */
function newRun(state, name, retry) {
  const [now, time] = [performance.now(), new Date().toISOString()];
  return {
    total: retry?.files.length ?? totalOf(state), done: 0, failed: [], over: false, started_ms: now, now_ms: now, name,
    report: "", choices: choicesOf(state), entries: new Entries(), times: [time, time], weak: 0, searched: [],
  };
}

/** @typedef {{item: Item, choices: () => import("./protocol.js").Choices, again: import("./protocol.js").Again|null}} Job */

/**
 * @param {Client} client @param {import("./detect.js").Detector} detector @param {Job} job
 * @param {Sink} sink @param {Run} run @param {string[]} lines
 */
async function saveOne(client, detector, { item, choices, again }, sink, run, lines) {
  try {
    const chosen = choices();
    const file = await item.open();
    const answer = await client.request("anonymize", { file, choices: chosen, again });
    const { output, path, counts, masked_regions, searched, entry } = await detector.finish(client, answer, { source: file });
    const own = await sink.add(path, output);
    run.done += 1;
    run.weak += entry.findings.length;
    run.searched = searched;
    run.entries.written(own, entry);
    lines.push(`${own}\t${counts.changed}\t${masked_regions}`);
  } catch (error) {
    if (!(error instanceof RequestError) || SINK_ERRORS.has(error.code)) throw error;
    if (error.code === "cancelled") return;
    if (error.unheard) {
      // It waited while another file ended the engine, which is starting anew.
      await saveOne(client, detector, { item, choices, again }, sink, run, lines);
      return;
    }
    const { code, path = null, findings = [] } = error;
    run.failed.push({ name: item.name, code, path, findings, item });
    run.entries.refused(error);
  }
}

/**
 * What is to be saved: every file of many, or the one that is open; those of `retry` only, if there is one.
 * @param {State} state @param {import("./state.js").Retry|null} retry
 * @returns {AsyncGenerator<Job, void, void>}
 */
async function* jobsOf(state, retry) {
  if (retry !== null) {
    const { reason, files } = retry;
    const places = new Map(files.map(({ item, findings = [] }) => [item, placesOf(findings)]));
    for await (const { item, choices, again } of jobsOf(state, null)) {
      const seen = places.get(item);
      if (seen !== undefined) yield { item, again, choices: () => ({ ...choices(), accepted: { reason, places: seen } }) };
    }
    return;
  }
  const { batch, file, name } = state;
  if (batch === null) {
    if (file !== null) yield { item: { name, open: async () => file }, choices: () => choicesOf(state), again: againOf(state, null) };
    return;
  }
  for (const leaf of leavesOf(batch.tree)) yield { item: leaf.item, choices: () => choicesFor(state, leaf), again: againOf(state, leaf) };
}

/** @param {State} state @returns {AsyncGenerator<Item, void, void>} */
async function* itemsIn(state) {
  for await (const { item } of jobsOf(state, null)) yield item;
}

/** @param {State} state @param {Leaf} leaf */
function choicesFor(state, leaf) {
  const masks = masksOn([...state.masks, ...state.elsewhere], leaf);
  if (masks === null) throw new RequestError({ code: "mask_size", path: null, offset: null });
  return { ...choicesOf(state), masks, looked_at: state.looked.includes(leaf.series), unsure: isUnsure(state, leaf) };
}

/** @param {Sink} sink */
async function abandoned(sink) {
  await sink.abort();
  return null;
}

/** The file, or why there is none. @param {Item} item */
async function opened(item) {
  try {
    return await item.open();
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
}

/**
 * Where files belong; a portion that ends an engine is asked for one by one.
 * @param {Client} client @param {Blob[]} files
 * @returns {Promise<import("./protocol.js").Requests["index"][1]>}
 */
async function indexOf(client, files) {
  try {
    return await client.request("index", { files });
  } catch (error) {
    if (!(error instanceof RequestError) || error.code === "cancelled") throw error;
    if (files.length === 1) return [{ error }];
    const answers = [];
    for (const file of files) answers.push(...(await indexOf(client, [file])));
    return answers;
  }
}

/** @param {AsyncIterable<Item>} items @returns {AsyncGenerator<Item[], void, void>} */
async function* inPortions(items) {
  /** @type {Item[]} */
  let portion = [];
  for await (const item of items) {
    portion.push(item);
    if (portion.length < PORTION) continue;
    yield portion;
    portion = [];
  }
  if (portion.length > 0) yield portion;
}
