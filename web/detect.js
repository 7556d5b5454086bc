// @ts-check
/**
 * Burned-in text, found: the engine says what to run, the networks' worker runs it, until it is found.
 *
 * Strategy: the engine answers `detect` with its first step, a network and a tensor, and each answer
 * of the network with the next one. In between it is free for other requests. The worker starts with
 * the first search and stays, because compiling a network takes longer than running it.
 *
 * Invariants: knows neither pixels nor text. Every promise settles: an abort and a worker that dies
 * reject what is pending; after an abort the engine lives on.
 */

import { hasPart } from "./assets.js";
import { RequestError } from "./client.js";

/** @typedef {import("./client.js").Client} Client */
/** @typedef {import("./protocol.js").DetectRequest} DetectRequest */
/** @typedef {import("./protocol.js").DetectStep} DetectStep */
/** @typedef {import("./protocol.js").Detected} Detected */
/** @typedef {{shape: number[], tensor: ArrayBuffer}} Tensor */
/** @typedef {{resolve: (answer: Tensor) => void, reject: (error: RequestError) => void}} Pending */
/** @typedef {(name: string) => Promise<Blob>} PartOf */

const SCRIPT = ["walls.js", "ort.js", "networks.js"];
const FINDING = ["det_small", "det_tiny"];
const READING = "rec_small";
const WASM = "ort.wasm";

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
   * Look for text on the open file.
   *
   * Rejects with a RequestError: the engine's code, `crash`, or `cancelled` once `signal` aborts.
   * @param {Client} client @param {DetectRequest} request
   * @param {{signal?: AbortSignal, onProgress?: (done: number, total: number) => void}} [options]
   * @returns {Promise<Detected>}
   */
  async detect(client, request, { signal, onProgress = () => {} } = {}) {
    let step = await client.request("detect", request);
    for (;;) {
      if (signal?.aborted) throw failed("cancelled");
      onProgress(step.done, step.total);
      if (step.found !== null) return step.found;
      const { shape, tensor } = await this.#run(step);
      step = await client.request("inferred", { file: new File([tensor], ""), shape });
    }
  }

  /** End the worker; it starts again when it is needed. */
  close() {
    this.#end("cancelled");
  }

  /** @param {DetectStep} step @returns {Promise<Tensor>} */
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
    worker.postMessage({ wasm, networks });
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
