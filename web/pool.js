// @ts-check
/**
 * Several engines at once, for many files.
 *
 * Strategy: an engine a core, as far as memory goes. Each has two items, one in work and one whose
 * file is being read or whose output is being written, so that no engine waits for the disk; it
 * takes the next when it is done with one. Engines start when they are first
 * needed and stay for the next round. Reading headers is shared with the page's own engine, which is
 * up already; what may end an engine is not.
 *
 * Invariants: `close` ends every engine at once, whatever it is doing. An engine that cannot start is
 * missed only if none can.
 */

import { RequestError } from "./client.js";

/** @typedef {import("./client.js").Client} Client */

/** What is assumed where the browser does not tell. */
const USUAL_MEMORY_GB = 4;
const MOST_ENGINES = 8;

/** How many engines this machine bears: one a core, and one a gigabyte of memory (each takes a quarter). */
export function enginesHere() {
  return Math.max(1, Math.min(navigator.hardwareConcurrency, Math.floor(memoryHere()), MOST_ENGINES));
}

/** This device's memory in gigabytes; browsers round it, and tell of no more than 8. */
export function memoryHere() {
  const { deviceMemory = USUAL_MEMORY_GB } = /** @type {{deviceMemory?: number}} */ (navigator);
  return deviceMemory;
}

export class Pool {
  #own;
  #make;
  #most;
  /** @type {Client[]} */
  #clients = [];

  /** @param {Client} own  the page's own engine @param {() => Client} make  another @param {number} most */
  constructor(own, make, most) {
    this.#own = own;
    this.#make = make;
    this.#most = most;
  }

  /**
   * Do `work` with every item, several at a time; it ends when all are done or `signal` aborts, and
   * rejects with the first failure of `work`.
   * @template T
   * @param {AsyncIterator<T>} items @param {(client: Client, item: T) => Promise<void>} work
   * @param {{signal: AbortSignal, share?: boolean}} options  share: with the page's own engine, which is up
   */
  async each(items, work, { signal, share = false }) {
    let over = false;
    /** @type {PromiseWithResolvers<false>} */
    const exhausted = Promise.withResolvers();
    const lane = async (/** @type {Client} */ client) => {
      // An engine that is still starting when all is handed out is not waited for.
      if (!(await Promise.race([isUp(client), exhausted.promise]))) return false;
      while (!over && !signal.aborted) {
        const { value, done } = await items.next();
        if (done) exhausted.resolve(false);
        if (done || signal.aborted) break;
        await work(client, value);
      }
      return true;
    };
    try {
      const clients = [...(share ? [this.#own] : []), ...this.#engines()];
      const lanes = await Promise.all([...clients, ...clients].map(lane));
      if (!lanes.includes(true) && !signal.aborted) throw new RequestError({ code: "start", path: null, offset: null });
    } finally {
      over = true;
    }
  }

  /** One of the engines, for a question that may wait. @returns {Client} */
  any() {
    return this.#engines().at(-1) ?? this.#own;
  }

  /** End all engines but the page's own, now. */
  close() {
    for (const client of this.#clients) client.close();
    this.#clients = [];
  }

  /** All of them; each has the key that is in use now. */
  #engines() {
    if (this.#clients.some(({ key }) => key !== this.#own.key)) this.close();
    while (this.#clients.length < this.#most) this.#clients.push(this.#make());
    return this.#clients;
  }
}

/** @param {Client} client */
async function isUp(client) {
  try {
    await client.ready;
    return true;
  } catch {
    // The others do its work; if none is up, `each` says so.
    return false;
  }
}
