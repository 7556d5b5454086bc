// @ts-check
/**
 * Proposed masks: text that was found on the frames, and what is known of the device.
 *
 * Strategy: a proposal is a mask that is not ticked and says why; accepting ticks it. A search asks
 * the engine step by step and lets other requests through in between.
 *
 * Invariants: nothing is masked that a person did not accept. One search at a time: the next begins
 * when the last has settled. What was found for a file that is no longer open is dropped.
 */

import { RequestError } from "./client.js";
import { canRead } from "./detect.js";
import { newMask } from "./scope.js";

/** @typedef {import("./state.js").PageMask} PageMask */
/** @typedef {import("./state.js").Why} Why */
/** @typedef {import("./protocol.js").Mask} Mask */
/** @typedef {import("./protocol.js").TextRegion} TextRegion */

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

  /** Look for text on the open file. @param {Pick<import("./protocol.js").DetectRequest, "effort"|"every_frame">} how */
  find(how) {
    this.#stop.abort();
    this.#last = this.#last.then(() => this.#find(how));
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

  /** Tick found text. @param {(found: TextRegion) => boolean} wanted */
  accept(wanted) {
    const { masks } = this.#store.state;
    this.#session.setMasks(masks.map((mask) => (isText(mask.why) && wanted(mask.why) ? { ...mask, applied: true } : mask)));
  }

  /** Drop every proposal that is not ticked. */
  dismiss() {
    this.#session.setMasks(this.#store.state.masks.filter((mask) => mask.applied || mask.why === null));
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
    this.#add(this.#store.state.masks, regions.map((region) => [region, { template: name }]), true);
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

  /** @param {Pick<import("./protocol.js").DetectRequest, "effort"|"every_frame">} how */
  async #find(how) {
    const { opened } = this.#store.state;
    if (opened === null) return;
    const stop = (this.#stop = new AbortController());
    const isMine = () => this.#store.state.opened === opened;
    this.#store.set({ search: { phase: "running", done: 0, total: 0, found: null } });
    const onProgress = (/** @type {number} */ done, /** @type {number} */ total) => {
      const { search } = this.#store.state;
      if (!isMine()) stop.abort();
      else if (search?.phase === "running") this.#store.set({ search: { ...search, done, total } });
    };
    try {
      const request = { ...how, read: canRead() };
      const found = await this.#detector.detect(this.#client, request, { signal: stop.signal, onProgress });
      if (!isMine()) return;
      const total = found.frames.length;
      this.#store.set({ search: { phase: "over", done: total, total, found } });
      this.#propose(found.regions);
    } catch (error) {
      if (isMine() && !isCancelled(error)) this.#session.fail(error);
    } finally {
      if (this.#store.state.search?.phase !== "over") this.#store.set({ search: null });
    }
  }

  /** What was found takes the place of what an earlier search proposed. @param {TextRegion[]} regions */
  #propose(regions) {
    const kept = this.#store.state.masks.filter((mask) => mask.applied || !isText(mask.why));
    this.#add(kept, regions.map((region) => [region, region]), false);
    this.#say((said) => said.found(regions.length));
  }

  /** Masks beside those kept, where they are not among them. @param {PageMask[]} masks @param {[Mask, Why][]} given @param {boolean} applied */
  #add(masks, given, applied) {
    for (const [region, why] of given) {
      const same = masks.find((mask) => isSame(mask, region));
      const made = { ...newMask({ ...this.#store.state, masks }, plain(region)), frames: region.frames, applied, why };
      if (same === undefined) masks = [...masks, made];
      else if (applied) masks = masks.map((mask) => (mask === same ? { ...mask, applied } : mask));
    }
    this.#session.setMasks(masks);
  }
}

/** Whether a mask was proposed because of text that was found. @param {Why|null} why @returns {why is TextRegion} */
export function isText(why) {
  return why !== null && !("template" in why);
}

/** @param {Mask} mask @returns {Mask} */
function plain({ x, y, width, height, frames }) {
  return { x, y, width, height, frames };
}

/** @param {Mask} one @param {Mask} other */
function isSame(one, other) {
  return JSON.stringify(plain(one)) === JSON.stringify(plain(other));
}

/** @param {unknown} error */
function isCancelled(error) {
  return error instanceof RequestError && error.code === "cancelled";
}
