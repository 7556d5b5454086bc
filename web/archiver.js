// @ts-check
/**
 * The page's side of the worker for ZIPs.
 *
 * Strategy: the worker starts when it is first asked, and each request is answered once, by id.
 *
 * Invariants: every promise settles: `close` and a worker that dies reject all that is pending.
 */

import { RequestError } from "./client.js";

/** @typedef {import("./client.js").EngineError} EngineError */
/** @typedef {{archive: number, names: string[]}} Listed */
/** What is written: bytes where it is small. @typedef {Blob|ArrayBuffer} Output */

/**
 * @typedef {object} Questions  type -> [body, answer]
 * @property {[{file: Blob}, Listed]} list
 * @property {[{archive: number, index: number}, {blob: Blob}]} extract
 * @property {[{password: string|null, folder: string|null}, {}]} create
 * @property {[{path: string, output: Output}, {}]} add
 * @property {[{}, {blob: Blob}]} finish
 * @property {[{}, {}]} abort
 */

/** @typedef {{resolve: (body: any) => void, reject: (error: RequestError) => void}} Pending */

export class Archiver {
  #script;
  /** @type {Promise<Worker>|null} */
  #worker = null;
  #nextId = 1;
  /** @type {Map<number, Pending>} */
  #pending = new Map();

  /** @param {() => Promise<Blob>} script  zip.js and archive.js, one after the other */
  constructor(script) {
    this.#script = script;
  }

  /** The files in a ZIP. Rejects with why it is refused. @param {Blob} file @returns {Promise<Listed>} */
  list(file) {
    return this.#ask("list", { file });
  }

  /** One file of a ZIP. @param {number} archive @param {number} index */
  async extract(archive, index) {
    return (await this.#ask("extract", { archive, index })).blob;
  }

  /** Begin a ZIP; folder: of the private file system. @param {Questions["create"][0]} body */
  create(body) {
    return this.#ask("create", body);
  }

  /** @param {string} path @param {Output} output  bytes are gone afterwards */
  add(path, output) {
    return this.#ask("add", { path, output }, output instanceof ArrayBuffer ? [output] : []);
  }

  /** The ZIP that was begun, complete. */
  async finish() {
    return (await this.#ask("finish", {})).blob;
  }

  /** Leave nothing of the ZIP that was begun. */
  abort() {
    return this.#worker === null ? Promise.resolve({}) : this.#ask("abort", {});
  }

  /** End the worker and forget every ZIP. */
  close() {
    this.#end("cancelled");
  }

  /**
   * @template {keyof Questions} T
   * @param {T} type @param {Questions[T][0]} body @param {Transferable[]} [moved]
   * @returns {Promise<Questions[T][1]>}
   */
  async #ask(type, body, moved = []) {
    this.#worker ??= this.#start();
    const worker = await this.#worker;
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      worker.postMessage({ id, type, body }, moved);
    });
  }

  async #start() {
    const url = URL.createObjectURL(await this.#script());
    const worker = new Worker(url);
    worker.onmessage = ({ data: { id, ok, body, error } }) => {
      const pending = this.#pending.get(id);
      this.#pending.delete(id);
      if (ok) pending?.resolve(body);
      else pending?.reject(new RequestError(error));
    };
    for (const kind of ["error", "messageerror"]) {
      worker.addEventListener(kind, (event) => {
        event.preventDefault();
        this.#end("crash");
      });
    }
    return worker;
  }

  /** @param {"cancelled"|"crash"} code */
  #end(code) {
    void this.#worker?.then((worker) => worker.terminate());
    this.#worker = null;
    for (const { reject } of this.#pending.values()) reject(new RequestError({ code, path: null, offset: null }));
    this.#pending.clear();
  }
}
