// @ts-check
/**
 * Proposed masks: text that was found on the images, and what is known of the device.
 *
 * Strategy: a proposal is a mask that is not ticked and says why; accepting ticks it. A search goes
 * from image to image and lets other requests through in between; what it found is proposed at its
 * end, put together by series.
 *
 * Invariants: nothing is masked that a person did not accept. One search at a time: the next begins
 * when the last has settled. What was found for files that are no longer here is dropped. Of many
 * images one that cannot be looked at is left to a person, never passed.
 */

import { RequestError } from "./client.js";
import { gathered } from "./gather.js";
import { imagesAt, isText } from "./look.js";
import { newMask } from "./scope.js";
import { unsaved } from "./state.js";

/** @typedef {import("./state.js").PageMask} PageMask */
/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").FoundText} FoundText */
/** @typedef {import("./state.js").Why} Why */
/** @typedef {import("./protocol.js").Detected} Detected */
/** @typedef {import("./protocol.js").How} How */
/** @typedef {import("./protocol.js").Mask} Mask */
/** @typedef {import("./tree.js").Leaf} Leaf */
/** @typedef {{why: Why, of?: Leaf|null, scope?: import("./scope.js").Scope}} Proposal */

/** What is known of an image that cannot be looked at. @type {Detected} */
const UNREAD = { modality: "", stays: [], frames: [], regions: [], review: [{ frame: 1, why: "unread" }] };
/** What ends a search of many images, too. */
const ENDS = new Set(["cancelled", "crash"]);

export class Proposals {
  #client;
  #detector;
  #store;
  #session;
  #say;
  #stop = new AbortController();
  /** @type {Promise<void>} */
  #last = Promise.resolve();
  /** Whose templates are here. @type {unknown} */
  #matched = null;

  /**
   * @param {import("./client.js").Client} client @param {import("./detect.js").Detector} detector
   * @param {import("./state.js").Store} store @param {import("./session.js").Session} session
   * @param {(what: (said: import("./i18n.js").Messages["said"]) => string) => void} say
   */
  constructor(client, detector, store, session, say) {
    this.#client = client;
    this.#detector = detector;
    this.#store = store;
    this.#session = session;
    this.#say = say;
  }

  /** Look for text. @param {How} how @param {import("./look.js").Where} where */
  find(how, where) {
    this.#stop.abort();
    this.#last = this.#last.then(() => this.#find(how, imagesAt(this.#store.state, where)));
    return this.#last;
  }

  /** Stop looking; the step that is being worked on ends first. */
  stop() {
    const { search } = this.#store.state;
    if (search?.phase === "running") this.#store.set({ search: { ...search, phase: "stopping" } });
    this.#stop.abort();
  }

  /** Stop, and leave nothing of any image with the networks. */
  forget() {
    this.stop();
    this.#detector.close();
  }

  /** Tick found text, of every image or of one series. @param {(found: FoundText) => boolean} wanted @param {import("./tree.js").Series|null} [series] */
  accept(wanted, series = null) {
    const isMeant = (/** @type {PageMask} */ { why, of }) => isText(why) && wanted(why) && (series === null || of?.series === series);
    this.#session.setAllMasks(this.#all().map((mask) => (isMeant(mask) ? { ...mask, applied: true } : mask)));
  }

  /** Drop every proposal that is not ticked. */
  dismiss() {
    this.#session.setAllMasks(this.#all().filter((mask) => mask.applied || mask.why === null));
  }

  /** Open an image that a person has to look at. @param {Leaf} leaf */
  async show(leaf) {
    await this.#session.show(leaf);
  }

  /** Ask which templates fit the open file, once a file. */
  async match() {
    const { opened, own_templates } = this.#store.state;
    if (opened === null || opened === this.#matched) return;
    this.#matched = opened;
    await this.#ask(own_templates);
  }

  /** Look at the person's own templates first, from now on. @param {string} text  of a template file */
  async load(text) {
    const found = await this.#ask(text);
    if (found !== null) this.#say((said) => said.templates(found));
  }

  /** How many templates fit, null if there is a problem. @param {string|null} own_templates */
  async #ask(own_templates) {
    const { opened } = this.#store.state;
    try {
      const templates = await this.#client.request("templates", { text: own_templates });
      if (this.#store.state.opened === opened) this.#store.set({ own_templates, templates });
      return templates.length;
    } catch (error) {
      this.#session.fail(error);
      return null;
    }
  }

  /** Mask what a template says. @param {import("./protocol.js").Template} template */
  use({ name, regions }) {
    this.#add(this.#all(), regions.map((region) => [region, { why: { template: name } }]), true);
  }

  /** The ticked masks as a template file for this device, null if there is a problem. @param {string} name */
  async remember(name) {
    const masks = this.#store.state.masks.filter(({ applied }) => applied);
    try {
      return (await this.#client.request("remember", { masks: masks.map(plain), name })).text;
    } catch (error) {
      this.#session.fail(error);
      return null;
    }
  }

  /** @param {How} how @param {(Leaf|null)[]} leaves */
  async #find(how, leaves) {
    const lot = lotOf(this.#store.state);
    if (this.#store.state.opened === null || leaves.length === 0) return;
    const stop = (this.#stop = new AbortController());
    const isMine = () => lotOf(this.#store.state) === lot;
    this.#store.set({ how, search: { phase: "running", leaves, at: 0, done: 0, total: 0 } });
    /** @type {Map<Leaf|null, Detected>} */
    const found = new Map();
    try {
      for (const [at, leaf] of leaves.entries()) {
        const detected = await this.#look(leaf, leaves.length > 1, stop, (done, total) => {
          const { search } = this.#store.state;
          if (!isMine()) stop.abort();
          else if (search?.phase === "running") this.#store.set({ search: { ...search, at, done, total } });
        });
        if (!isMine()) return;
        found.set(leaf, detected);
        this.#store.state.found.set(leaf, detected);
      }
    } catch (error) {
      if (isMine() && !isCancelled(error)) this.#session.fail(error);
    }
    if (!isMine()) return;
    const { search } = this.#store.state;
    this.#store.set({ search: found.size === 0 || search === null ? null : { ...search, phase: "over" }, ...unsaved(this.#store.state) });
    if (found.size > 0) this.#propose(found);
  }

  /**
   * @param {Leaf|null} leaf @param {boolean} many @param {AbortController} stop
   * @param {(done: number, total: number) => void} onProgress
   * @returns {Promise<Detected>}
   */
  async #look(leaf, many, { signal }, onProgress) {
    onProgress(0, 0);
    if (signal.aborted) throw new RequestError({ code: "cancelled", path: null, offset: null });
    try {
      const { how, file: open } = this.#store.state;
      const file = leaf === null ? open : await leaf.item.open();
      if (file === null) throw new RequestError({ code: "cancelled", path: null, offset: null });
      const answer = await this.#client.request("detect", { file, ...how });
      return await this.#detector.finish(this.#client, answer, { signal, onProgress });
    } catch (error) {
      if (many && error instanceof RequestError && !ENDS.has(error.code)) return UNREAD;
      throw error;
    }
  }

  /** What was found takes the place of what earlier searches of these images proposed. @param {Map<Leaf|null, Detected>} found */
  #propose(found) {
    const series = new Set([...found.keys()].map((leaf) => leaf?.series));
    const isAbout = (/** @type {PageMask} */ { of, scope }) => found.has(of) || (scope !== "image" && series.has(of?.series));
    const kept = this.#all().filter((mask) => mask.applied || !isText(mask.why) || !isAbout(mask));
    const made = gathered(found);
    this.#add(kept, made.map((proposal) => [proposal.why, proposal]), false);
    this.#say((said) => said.found(made.length));
  }

  /** Masks beside those kept, where they are not among them. @param {PageMask[]} masks @param {[Mask, Proposal][]} given @param {boolean} applied */
  #add(masks, given, applied) {
    let added = 0;
    for (const [region, proposal] of given) {
      const first = newMask(this.#store.state, plain(region));
      const made = { ...first, frames: region.frames, applied, ...proposal, id: first.id + added };
      const same = masks.find((mask) => isSame(mask, made));
      if (same === undefined) masks = [...masks, made];
      else if (applied) masks = masks.map((mask) => (mask === same ? { ...mask, applied } : mask));
      added += same === undefined ? 1 : 0;
    }
    this.#session.setAllMasks(masks);
  }

  /** Masks of every image. */
  #all() {
    const { masks, elsewhere } = this.#store.state;
    return [...masks, ...elsewhere];
  }
}

/** What searches are about. @param {State} state @returns {unknown} */
function lotOf({ batch, file }) {
  return batch?.tree ?? file;
}

/** @param {Mask} mask @returns {Mask} */
function plain({ x, y, width, height, frames }) {
  return { x, y, width, height, frames };
}

/** @param {PageMask} one @param {PageMask} other */
function isSame(one, other) {
  const isHere = one.of === other.of || (one.scope !== "image" && one.of?.series === other.of?.series);
  return isHere && JSON.stringify(plain(one)) === JSON.stringify(plain(other));
}

/** @param {unknown} error */
function isCancelled(error) {
  return error instanceof RequestError && error.code === "cancelled";
}
