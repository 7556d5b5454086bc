// @ts-check
/**
 * The page's side of the worker: requests by id, progress, cancelling, restarts.
 *
 * Strategy: a request is posted when the engine is ready and settled by the answer with its id.
 * Python cannot be interrupted, so cancelling ends the worker and starts another from the same
 * bytes and the same key; so does a crash. A fresh worker knows no file: `restarted` tells the
 * page, which opens it again.
 *
 * Invariants: every promise settles: a worker that dies rejects all that is pending. Errors carry
 * a code and a place, never a text from the file.
 */

/** @typedef {import("./assets.js").Assets} Assets */
/** @typedef {import("./protocol.js").Requests} Requests */
/** @typedef {import("./protocol.js").Progress} Progress */
/** @typedef {import("./protocol.js").Booted} Booted */
/** @typedef {import("./protocol.js").EngineError} EngineError */
/** @typedef {"crash"|"cancelled"|"renewed"} RestartReason */

/**
 * @typedef {object} Pending
 * @property {(body: any) => void} resolve
 * @property {(error: RequestError) => void} reject
 * @property {(progress: Progress) => void} onProgress
 */

/** transfer: what the page has no more use for. @typedef {{signal?: AbortSignal, onProgress?: (progress: Progress) => void, transfer?: Transferable[]}} RequestOptions */

/** A request that failed; `code` is the key of the page's message. */
export class RequestError extends Error {
  /** @param {EngineError} error */
  constructor({ code, path, offset, detail, findings }) {
    super(code);
    /** Whether the engine ended before it came to this request. */
    this.unheard = false;
    this.name = "RequestError";
    this.code = code;
    this.path = path;
    this.offset = offset;
    this.detail = detail;
    this.findings = findings;
  }
}

/** Talks to one worker at a time. */
export class Client extends EventTarget {
  /** The engine is up; rejects when it cannot start. @type {Promise<Booted>} */
  ready;

  /** The text of the key in use: every engine that is started gets it. @type {string} */
  key;

  #assets;
  #onBoot;
  #nextId = 1;

  /** @type {Worker|null} */
  #worker = null;

  /** Whether this worker ever answered: one that cannot start is not started again by itself. */
  #booted = false;

  /** @type {Map<number, Pending>} */
  #pending = new Map();

  /**
   * Fires `restarted`, a CustomEvent<RestartReason>, when a worker was replaced.
   * @param {Assets} assets
   * @param {string} key  a key file's text
   * @param {(progress: Progress) => void} [onBoot]  stages of starting, also after a restart
   */
  constructor(assets, key, onBoot = () => {}) {
    super();
    this.#assets = assets;
    this.key = key;
    this.#onBoot = onBoot;
    this.ready = this.#start();
  }

  /**
   * Ask the engine.
   *
   * Rejects with a RequestError: the engine's code, `crash`, or `cancelled` once `signal` aborts.
   * @template {keyof Requests} T
   * @param {T} type
   * @param {Requests[T][0]} body
   * @param {RequestOptions} [options]
   * @returns {Promise<Requests[T][1]>}
   */
  async request(type, body, { signal, onProgress = () => {}, transfer = [] } = {}) {
    await orAborted(this.ready, signal);
    const worker = this.#worker;
    if (worker === null) throw failed("crash");
    const cancel = () => this.#restart("cancelled");
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      const answer = await this.#post(worker, type, body, onProgress, transfer);
      if (type === "key") this.key = /** @type {Requests["key"][0]} */ (body).text;
      return answer;
    } catch (error) {
      // A crash the worker could still tell of leaves an engine nobody should trust.
      if (error instanceof RequestError && error.code === "crash" && worker === this.#worker) {
        this.#restart("crash", 0);
      }
      throw error;
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  /** End the worker; what is pending is rejected as cancelled. */
  close() {
    this.#end("cancelled");
  }

  /** Forget all that was opened: another worker, with another key. @param {string} key */
  renew(key) {
    this.key = key;
    this.#restart("renewed");
  }

  /** @returns {Promise<Booted>} */
  async #start() {
    const url = URL.createObjectURL(await this.#assets.script);
    const worker = new Worker(url);
    this.#worker = worker;
    worker.onmessage = ({ data }) => this.#receive(data);
    for (const kind of ["error", "messageerror"]) {
      worker.addEventListener(kind, (event) => {
        event.preventDefault();
        if (worker !== this.#worker) return;
        if (this.#booted) this.#restart("crash");
        else this.#end("crash");
      });
    }
    this.#feed(worker);
    try {
      const answer = await this.#post(worker, "boot", { text: this.key }, this.#onBoot);
      this.#booted = true;
      return answer;
    } finally {
      URL.revokeObjectURL(url);
    }
  }

  /** Hand the worker every part as soon as it is here, null for one that cannot be had. @param {Worker} worker */
  #feed(worker) {
    const { wasm, stdlib, engine, lock, packs } = this.#assets;
    for (const [part, value] of Object.entries({ wasm, stdlib, engine, lock, ...packs })) {
      value.then(
        (value) => worker.postMessage({ part, value }),
        () => worker.postMessage({ part, value: null }),
      );
    }
  }

  /**
   * @param {Worker} worker @param {string} type @param {object} body
   * @param {(progress: Progress) => void} onProgress @param {Transferable[]} [transfer]
   * @returns {Promise<any>}
   */
  #post(worker, type, body, onProgress, transfer = []) {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, onProgress });
      worker.postMessage({ id, type, body }, transfer);
    });
  }

  /** @param {{id: number, progress?: Progress, ok?: boolean, body?: unknown, error: EngineError}} answer */
  #receive({ id, progress, ok, body, error }) {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    if (progress !== undefined) {
      pending.onProgress(progress);
      return;
    }
    this.#pending.delete(id);
    if (ok) pending.resolve(body);
    else pending.reject(new RequestError(error));
  }

  /** @param {RestartReason} reason @param {number} [heard]  as `#end` has it */
  #restart(reason, heard) {
    this.#end(reason, heard);
    this.ready = this.#start();
    // Whoever asks next hears of a failed start; it is no unhandled rejection until then.
    this.ready.catch(() => {});
    this.dispatchEvent(new CustomEvent("restarted", { detail: reason }));
  }

  /** @param {RestartReason} reason @param {number} [heard]  how many of the pending requests it was at */
  #end(reason, heard = 1) {
    this.#worker?.terminate();
    this.#worker = null;
    this.#booted = false;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    // Requests are answered in turn, so it was at the first one, if at any.
    for (const [index, { reject }] of pending.entries()) {
      const error = failed(reason === "crash" ? "crash" : "cancelled");
      error.unheard = index >= heard;
      reject(error);
    }
  }
}

/** @param {"crash"|"cancelled"} code */
function failed(code) {
  return new RequestError({ code, path: null, offset: null });
}

/**
 * What `promise` gives, unless `signal` aborts first.
 * @template T
 * @param {Promise<T>} promise @param {AbortSignal} [signal]
 * @returns {Promise<T>}
 */
async function orAborted(promise, signal) {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(failed("cancelled"));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
