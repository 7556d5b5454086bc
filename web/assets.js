// @ts-check
/**
 * The runtime's files, from URLs beside the page.
 *
 * Strategy: everything is fetched once, at once, into memory: first what a table needs, then the
 * packs that only pixels need. A restarted worker gets the same bytes again, so nothing is ever
 * fetched later; when the last file is here, the page's own policy is tightened to
 * what is already in memory.
 *
 * Invariants: only files named in parts.js, each checked against its SHA-256. Who holds an
 * `Assets` need not know where the bytes came from.
 */

import { PARTS } from "./parts.js";

/**
 * What the worker is made of and fed with.
 * @typedef {object} Assets
 * @property {Promise<Blob>} script  the worker's whole script
 * @property {Promise<WebAssembly.Module>} wasm  the interpreter, compiled
 * @property {Promise<Blob>} stdlib
 * @property {Promise<Blob>} engine
 * @property {Promise<Blob>} lock
 * @property {Record<PackName, Promise<Blob>>} packs  what is loaded on demand
 * @property {Promise<void>} loaded  every file is here, and the page can load nothing more
 */

/** @typedef {import("./parts.js").PackName} PackName */

/** The worker's script is these files, one after the other. */
const SCRIPT = ["pyodide.js", "pyodide.asm.js", "worker.js"];

/** What is left to a loaded page: bytes it already has. */
const CLOSED =
  "default-src 'none'; script-src 'wasm-unsafe-eval'; style-src 'self'; " +
  "img-src blob: data:; worker-src blob:";

/** @type {PackName[]} */
const PACK_NAMES = ["numpy", "imagecodecs", "pydicom"];

/**
 * Begin to fetch the runtime.
 * @param {(done: number, total: number) => void} [onBytes]  bytes here, bytes to come: what a table needs
 * @returns {Assets}
 */
export function fetchAssets(onBytes = () => {}) {
  const core = [...SCRIPT, "pyodide.asm.wasm", "stdlib.zip", "engine.zip", "lock.json"];
  const total = core.reduce((sum, name) => sum + partOf(name).bytes, 0);
  let done = 0;
  /** @param {string} name */
  const counted = async (name) => {
    const blob = await fetchPart(name);
    onBytes((done += blob.size), total);
    return blob;
  };
  const script = Promise.all(SCRIPT.map(counted)).then(
    (files) => new Blob(files, { type: "text/javascript" }),
  );
  const wasm = counted("pyodide.asm.wasm").then(compile);
  const stdlib = counted("stdlib.zip");
  const engine = counted("engine.zip");
  const lock = counted("lock.json");
  const ready = Promise.all([script, wasm, stdlib, engine, lock]);
  const packs = /** @type {Assets["packs"]} */ (
    Object.fromEntries(
      PACK_NAMES.map((name) => [name, ready.then(() => fetchPart(`${name}.zip`))]),
    )
  );
  const loaded = Promise.all(Object.values(packs)).then(closeConnections);
  return { script, wasm, stdlib, engine, lock, packs, loaded };
}

/** @param {string} name */
function partOf(name) {
  const part = PARTS[name];
  if (part === undefined) throw new Error(`parts.js has no ${name}`);
  return part;
}

/** @param {string} name @returns {Promise<Blob>} */
async function fetchPart(name) {
  const { url, integrity } = partOf(name);
  const response = await fetch(new URL(url, import.meta.url), { integrity });
  if (!response.ok) throw new Error(`${name}: HTTP ${response.status}`);
  return response.blob();
}

/** @param {Blob} blob */
async function compile(blob) {
  return WebAssembly.compile(await blob.arrayBuffer());
}

/** Policies add up: from here on neither the page nor a worker it starts may load anything. */
function closeConnections() {
  const policy = document.createElement("meta");
  policy.httpEquiv = "Content-Security-Policy";
  policy.content = CLOSED;
  document.head.append(policy);
}
