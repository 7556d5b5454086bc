// @ts-check
/**
 * The runtime's files: from URLs beside the page, or, in the single file, out of the page itself.
 *
 * Strategy: everything is fetched once, unasked, into memory: first what a table needs, then what
 * pixels need, and what text detection needs when the engine is up, so that it takes nothing from
 * the start. A restarted worker gets the same bytes again, so nothing is ever fetched later; when
 * the last file is here, the page's own policy is tightened to what is already in memory. An
 * address that is a fragment names an element of this document that holds the file, gzip and
 * base64. Only the interpreter is fetched on the page's own thread, because a browser keeps the
 * compiled code of what a thread that lives on has compiled from its address.
 *
 * Invariants: only files named in parts.js; what is fetched is checked against its SHA-256. Who
 * holds an `Assets` need not know where the bytes came from.
 */

import { Loader } from "./loader.js";
import { keepOffline } from "./offline.js";
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
 * @property {(name: string) => Promise<Blob>} part  any other file, a script too; see `hasPart`
 * @property {Promise<ServiceWorkerRegistration|null>} offline  what keeps the page for the next visit
 * @property {Promise<void>} loaded  every file is here, and the page can load nothing more
 */

/** @typedef {import("./parts.js").PackName} PackName */

/** The worker's script is these files, one after the other. */
const SCRIPT = ["pyodide.js", "pyodide.asm.js", "walls.js", "worker.js"];
const WASM = "pyodide.asm.wasm";
const CORE = [...SCRIPT, WASM, "stdlib.zip", "engine.zip", "lock.json"];

/** What is left to a loaded page: bytes it already has. */
const CLOSED =
  "default-src 'none'; script-src 'wasm-unsafe-eval'; style-src 'self'; " +
  "img-src blob: data:; worker-src blob:";

/** @type {PackName[]} */
const PACK_NAMES = ["numpy", "imagecodecs", "pydicom"];

/** @param {PackName} name */
function packFile(name) {
  return `${name}.zip`;
}

/** Whether this build has that file; a small one lacks text detection. @param {string} name */
export function hasPart(name) {
  return PARTS[name] !== undefined;
}

/**
 * Begin to fetch the runtime.
 * @param {(done: number, total: number) => void} [onBytes]  bytes here, bytes to come: what a table needs
 * @param {Promise<unknown>} [started]  settles when the engine is up, or cannot be
 * @returns {Assets}
 */
export function fetchAssets(onBytes = () => {}, started = Promise.resolve()) {
  const total = CORE.reduce((sum, name) => sum + partOf(name).bytes, 0);
  const loader = new Loader();
  let done = 0;
  /** @template T @param {string} name @param {Promise<T>} arriving @returns {Promise<T>} */
  const counted = async (name, arriving) => {
    const value = await arriving;
    onBytes((done += partOf(name).bytes), total);
    return value;
  };
  /** @param {string} name */
  const blobOf = async (name) => loader.load(await wantedOf(name));
  /** @param {string} name */
  const core = (name) => counted(name, blobOf(name));
  const scripts = new Map(SCRIPT.map((name) => [name, core(name)]));
  const script = Promise.all(scripts.values()).then(
    (files) => new Blob(files, { type: "text/javascript" }),
  );
  const wasm = counted(WASM, WebAssembly.compileStreaming(interpreter(loader)));
  const [stdlib, engine, lock] = [core("stdlib.zip"), core("engine.zip"), core("lock.json")];
  const ready = Promise.all([script, wasm, stdlib, engine, lock]);
  const packs = /** @type {Assets["packs"]} */ (
    Object.fromEntries(PACK_NAMES.map((name) => [name, ready.then(() => blobOf(packFile(name)))]))
  );
  const pixels = Promise.all(Object.values(packs));
  const needed = [...CORE, ...PACK_NAMES.map(packFile)];
  const idle = Promise.allSettled([pixels, started]);
  const others = new Map(
    Object.keys(PARTS)
      .filter((name) => !needed.includes(name))
      .map((name) => [name, idle.then(() => blobOf(name))]),
  );
  /** @param {string} name */
  const part = (name) => others.get(name) ?? scripts.get(name) ?? Promise.reject(missing(name));
  void Promise.allSettled(others.values()).then(() => loader.end());
  const offline = Promise.all([pixels, ...others.values()]).then(keepOffline);
  const loaded = offline.then(closeConnections);
  return { script, wasm, stdlib, engine, lock, packs, part, offline, loaded };
}

/** @param {string} name */
function missing(name) {
  return new Error(`parts.js has no ${name}`);
}

/** @param {string} name */
function partOf(name) {
  const part = PARTS[name];
  if (part === undefined) throw missing(name);
  return part;
}

/** The interpreter as `compileStreaming` takes it. @param {Loader} loader @returns {Promise<Response>} */
async function interpreter(loader) {
  const wanted = await wantedOf(WASM);
  if ("url" in wanted) return fetch(wanted.url, { integrity: wanted.integrity });
  return new Response(await loader.load(wanted), { headers: { "Content-Type": "application/wasm" } });
}

/**
 * Where a file is, or what an element of this document holds of it.
 * @param {string} name @returns {Promise<import("./loader.js").Wanted>}
 */
async function wantedOf(name) {
  const { url, integrity } = partOf(name);
  if (!url.startsWith("#")) return { url: new URL(url, document.baseURI).href, integrity };
  await documentParsed();
  const element = document.getElementById(url.slice(1));
  if (element === null) throw missing(name);
  const packed = element.textContent;
  // The text has served; a restarted worker gets the bytes that are made of it.
  element.remove();
  return { packed };
}

/** @returns {Promise<void>} */
async function documentParsed() {
  if (document.readyState !== "loading") return;
  await new Promise((settle) => document.addEventListener("DOMContentLoaded", settle));
}

/** Policies add up: from here on neither the page nor a worker it starts may load anything. */
function closeConnections() {
  const policy = document.createElement("meta");
  policy.httpEquiv = "Content-Security-Policy";
  policy.content = CLOSED;
  document.head.append(policy);
}
