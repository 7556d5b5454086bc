// @ts-check
/**
 * Fetches, checks and unpacks the runtime's files, away from the page's own thread.
 *
 * Strategy: a worker of one function, whose text is its script. So it comes inside the page's own
 * checked script, nothing more has to arrive before the first file is asked for, and it inherits
 * the page's policy. To check and copy 21 MB took the page's own thread up to 230 ms at a time.
 *
 * Invariants: every promise settles: a worker that cannot run rejects all. It sees the build's own
 * files only, and is gone when they are here.
 */

/**
 * One file: its address and sum, or what the single file has of it.
 * @typedef {{url: string, integrity: string} | {packed: string}} Wanted
 */

/** @typedef {{id: number, blob?: Blob, failure?: string}} Answer */

export class Loader {
  #worker;
  #nextId = 1;

  /** @type {Map<number, PromiseWithResolvers<Blob>>} */
  #pending = new Map();

  constructor() {
    const url = URL.createObjectURL(new Blob([`(${serve})()`], { type: "text/javascript" }));
    this.#worker = new Worker(url);
    this.#worker.onmessage = ({ data }) => this.#receive(data);
    for (const kind of ["error", "messageerror"]) this.#worker.addEventListener(kind, () => this.end());
  }

  /** @param {Wanted} wanted @returns {Promise<Blob>} */
  load(wanted) {
    const id = this.#nextId++;
    const arriving = Promise.withResolvers();
    this.#pending.set(id, arriving);
    this.#worker.postMessage({ id, wanted });
    return arriving.promise;
  }

  /** End the worker; what is pending is rejected. */
  end() {
    this.#worker.terminate();
    for (const { reject } of this.#pending.values()) reject(new Error("the loader has ended"));
    this.#pending.clear();
  }

  /** @param {Answer} answer */
  #receive({ id, blob, failure }) {
    const arriving = this.#pending.get(id);
    this.#pending.delete(id);
    if (blob !== undefined) arriving?.resolve(blob);
    else arriving?.reject(new Error(failure));
  }
}

/** The worker's whole script: it must not use anything of this module. */
function serve() {
  /** @param {Wanted} wanted @returns {Promise<Response>} */
  const responseOf = async (wanted) => {
    if ("url" in wanted) return fetch(wanted.url, { integrity: wanted.integrity });
    const packed = new Blob([Uint8Array.fromBase64(wanted.packed)]);
    return new Response(packed.stream().pipeThrough(new DecompressionStream("gzip")));
  };
  /** @param {MessageEvent<{id: number, wanted: Wanted}>} event */
  self.onmessage = async ({ data: { id, wanted } }) => {
    try {
      const response = await responseOf(wanted);
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      self.postMessage({ id, blob: await response.blob() });
    } catch (failure) {
      self.postMessage({ id, failure: String(failure) });
    }
  };
}
