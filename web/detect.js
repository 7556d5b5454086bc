// @ts-check
/**
 * Burned-in text: the engine says what to run, the networks' worker runs it, until there is an answer.
 *
 * Strategy: an answer of the engine may be a step, a network and a tensor; each answer of the network
 * goes back to the engine, and its answer may be the next step. In between the engine is free for
 * other requests. The worker starts with the first step and stays, because compiling a network takes
 * longer than running it; all engines share it. Tensors are handed on and never copied here.
 *
 * Invariants: knows neither pixels nor text. Every promise settles: an abort and a worker that dies
 * reject what is pending; after an abort the engine lives on and forgets what it waited for.
 */

import { hasPart } from "./assets.js";
import { RequestError } from "./client.js";

/** @typedef {import("./client.js").Client} Client */
/** @typedef {import("./protocol.js").Step} Step */
/** @typedef {{shape: number[], tensor: ArrayBuffer}} Tensor */
/** @typedef {{resolve: (answer: Tensor) => void, reject: (error: RequestError) => void}} Pending */
/** @typedef {(name: string) => Promise<Blob>} PartOf */

/**
 * @typedef {object} Watch
 * @property {AbortSignal} [signal]
 * @property {(done: number, total: number) => void} [onProgress]  frames
 * @property {Blob} [source]  the file that was brought along
 */

const SCRIPT = ["walls.js", "ort.js", "networks.js"];
const FINDING = ["det_small"];
const READING = "rec_small";
const WASM = "ort.wasm";
/** More threads than these gain little and take memory. */
const MOST_THREADS = 4;

/** @param {string} network */
const fileOf = (network) => `${network}.onnx`;

/** Whether this build can look for text. */
export function canDetect() {
  return [...SCRIPT, WASM, ...FINDING.map(fileOf)].every(hasPart);
}

/** Whether it can also say what the text is. */
export function canRead() {
  return hasPart(fileOf(READING));
}

/**
 * How many threads a network runs on: one, unless the server isolates the page (docs/hosting.md).
 *
 * In Firefox it is always one: with two, searches were seen that never end. Only browsers built on
 * Chromium have `userAgentData`.
 */
function threadsHere() {
  const several = globalThis.crossOriginIsolated && "userAgentData" in navigator;
  return several ? Math.min(navigator.hardwareConcurrency, MOST_THREADS) : 1;
}

export class Detector {
  #part;
  /** @type {Promise<Worker>|null} */
  #worker = null;
  /** @type {Map<number, Pending>} */
  #pending = new Map();
  #nextId = 1;

  /** @param {PartOf} part  a file of `runtime/` */
  constructor(part) {
    this.#part = part;
  }

  /**
   * What the engine answers in the end, once it has all it wants to know from networks.
   *
   * Rejects with a RequestError: the engine's code, `crash`, or `cancelled` once `signal` aborts.
   * @template {object} T
   * @param {Client} client  who gave the answer @param {T|Step} answer @param {Watch} [watch]
   * @returns {Promise<T>}
   */
  async finish(client, answer, { signal, onProgress = () => {}, source } = {}) {
    const engine = client.ready;
    while ("network" in answer) {
      const { search, done, total } = answer;
      onProgress(done, total);
      try {
        const { shape, tensor } = await this.#run(answer);
        // Another engine knows nothing of the search.
        if (signal?.aborted || client.ready !== engine) throw failed("cancelled");
        const body = { search, tensor, shape, source };
        answer = /** @type {T|Step} */ (await client.request("inferred", body, { transfer: [tensor] }));
      } catch (error) {
        if (client.ready === engine) await client.request("leave", { search });
        throw error;
      }
    }
    return answer;
  }

  /** End the worker; it starts again when it is needed. */
  close() {
    this.#end("cancelled");
  }

  /** @param {Step} step @returns {Promise<Tensor>} */
  async #run({ network, shape, tensor }) {
    this.#worker ??= this.#start();
    const worker = await this.#worker;
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      worker.postMessage({ id, network, shape, tensor }, [tensor]);
    });
  }

  async #start() {
    const script = new Blob(await Promise.all(SCRIPT.map(this.#part)), { type: "text/javascript" });
    const names = canRead() ? [...FINDING, READING] : FINDING;
    const models = await Promise.all(names.map((name) => this.#part(fileOf(name))));
    const wasm = await this.#part(WASM);
    // The address stays: the networks' threads start from it, too.
    const url = URL.createObjectURL(script);
    const worker = new Worker(url);
    worker.onmessage = ({ data }) => this.#receive(data);
    for (const kind of ["error", "messageerror"]) {
      worker.addEventListener(kind, (event) => {
        event.preventDefault();
        this.#end("crash");
      });
    }
    const networks = Object.fromEntries(names.map((name, at) => [name, models[at]]));
    worker.postMessage({ wasm, networks, threads: threadsHere() });
    return worker;
  }

  /** @param {Tensor & {id: number, error?: string}} answer */
  #receive({ id, shape, tensor, error }) {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (error === undefined) pending?.resolve({ shape, tensor });
    else pending?.reject(failed("crash", error));
  }

  /** @param {"crash"|"cancelled"} reason */
  #end(reason) {
    this.#worker?.then((worker) => worker.terminate());
    this.#worker = null;
    for (const { reject } of this.#pending.values()) reject(failed(reason));
    this.#pending.clear();
  }
}

/** @param {"crash"|"cancelled"} code @param {string} [detail] */
function failed(code, detail) {
  return new RequestError({ code, path: null, offset: null, detail });
}
