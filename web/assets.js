// @ts-check
/**
 * The runtime's files: from URLs beside the page, or, in the single file, out of the page itself.
 *
 * Strategy: everything is fetched once, at once, into memory: first what a table needs, then what
 * pixels and text detection need. A restarted worker gets the same bytes again, so nothing is ever
 * fetched later; when the last file is here, the page's own policy is tightened to what is already
 * in memory. An address that is a fragment names an element of this document that holds the file,
 * gzip and base64.
 *
 * Invariants: only files named in parts.js; what is fetched is checked against its SHA-256. Who
 * holds an `Assets` need not know where the bytes came from.
 */

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
 * @returns {Assets}
 */
export function fetchAssets(onBytes = () => {}) {
  const total = CORE.reduce((sum, name) => sum + partOf(name).bytes, 0);
  let done = 0;
  /** @template T @param {string} name @param {Promise<T>} arriving @returns {Promise<T>} */
  const counted = async (name, arriving) => {
    const value = await arriving;
    onBytes((done += partOf(name).bytes), total);
    return value;
  };
  /** @param {string} name */
  const core = (name) => counted(name, blobOf(name));
  const scripts = new Map(SCRIPT.map((name) => [name, core(name)]));
  const script = Promise.all(scripts.values()).then(
    (files) => new Blob(files, { type: "text/javascript" }),
  );
  const wasm = counted(WASM, WebAssembly.compileStreaming(responseOf(WASM)));
  const [stdlib, engine, lock] = [core("stdlib.zip"), core("engine.zip"), core("lock.json")];
  const ready = Promise.all([script, wasm, stdlib, engine, lock]);
  const packs = /** @type {Assets["packs"]} */ (
    Object.fromEntries(PACK_NAMES.map((name) => [name, ready.then(() => blobOf(packFile(name)))]))
  );
  const pixels = Promise.all(Object.values(packs));
  const needed = [...CORE, ...PACK_NAMES.map(packFile)];
  const others = new Map(
    Object.keys(PARTS)
      .filter((name) => !needed.includes(name))
      .map((name) => [name, pixels.then(() => blobOf(name))]),
  );
  /** @param {string} name */
  const part = (name) => others.get(name) ?? scripts.get(name) ?? Promise.reject(missing(name));
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

/** @param {string} name @returns {Promise<Blob>} */
async function blobOf(name) {
  return (await responseOf(name)).blob();
}

/** @param {string} name @returns {Promise<Response>} */
async function responseOf(name) {
  const { url, integrity } = partOf(name);
  if (url.startsWith("#")) return new Response(await unpacked(url), { headers: typeOf(name) });
  const response = await fetch(new URL(url, document.baseURI), { integrity });
  if (!response.ok) throw new Error(`${name}: HTTP ${response.status}`);
  return response;
}

/** `compileStreaming` asks for the type. @param {string} name */
function typeOf(name) {
  return { "Content-Type": name.endsWith(".wasm") ? "application/wasm" : "" };
}

/** The bytes an element of this document holds. @param {string} fragment */
async function unpacked(fragment) {
  await documentParsed();
  const element = document.getElementById(fragment.slice(1));
  if (element === null) throw missing(fragment);
  const packed = Uint8Array.fromBase64(element.textContent);
  // The text has served; a restarted worker gets the bytes that are made of it here.
  element.remove();
  return new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
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
