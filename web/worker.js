// @ts-check
/**
 * The worker: boots Pyodide from bytes the page hands over, forwards messages to dicomanon.web.
 *
 * Strategy: a classic script, started from a blob behind pyodide.js, pyodide.asm.js and walls.js, so it
 * inherits the page's policy and works on file:// too. Every file arrives as a message; what the
 * runtime would fetch is answered from those. Requests are handled one after the other.
 *
 * Invariants: the walls stand before the first file is opened: no function that could reach a
 * network, a store or another context is left. Each request is answered exactly once. An answer
 * about a failure has a class name at most, never a message: messages may quote the file.
 */

/** @typedef {import("./parts.js").PackName} PackName */
/** @typedef {import("./protocol.js").EngineError} EngineError */
/** @typedef {import("./protocol.js").Stage} Stage */
/** @typedef {{wasm: WebAssembly.Module, stdlib: Blob, engine: Blob, lock: Blob}} Runtime */
/** @typedef {{id: number, type: string, body: Record<string, unknown>}} EngineRequest */
/** @typedef {EngineRequest | {part: string, value: Blob | WebAssembly.Module | null}} Incoming */
/** @typedef {(stage: Stage, done?: number, total?: number) => void} Progress */

/**
 * What dicomanon.web.handle answers.
 * @typedef {object} Handled
 * @property {string} [json]  the answer's body
 * @property {Uint8Array[]} [buffers]  its binary fields, in the order of BUFFER_FIELDS
 * @property {(Uint8Array|[number, number])[]|null} [parts]  the file to save: bytes, ranges of the source
 * @property {EngineError} [error]
 * @property {PackName[]} [need]  packs to load before asking again
 */

/** @typedef {(type: string, body: string, files: File[], progress: Progress) => Handled} Handle */

/** No host has this name: what the runtime asks for is answered from memory by its last part. */
const NOWHERE = "https://runtime.invalid/";

/** Which fields of an answer travel as bytes. @type {Record<string, string[]>} */
const BUFFER_FIELDS = {
  frame: ["rgba"],
  thumbnail: ["rgba"],
  detect: ["tensor"],
  inferred: ["tensor"],
};

/** @type {Record<PackName, Stage>} */
const PACK_STAGES = { numpy: "numpy", imagecodecs: "codecs", pydicom: "check" };

/** @type {Map<string, {promise: Promise<any>, resolve: (value: any) => void}>} */
const parts = new Map();

/** @type {Promise<{handle: Handle, addPack: (name: PackName) => Promise<void>}>|null} */
let engine = null;

/** @type {File|null} */
let openFile = null;

/** The last request's end: the next one waits for it. @type {Promise<void>} */
let last = Promise.resolve();

/** The part of that name, now or when the page has sent it. @param {string} name */
function partNamed(name) {
  let entry = parts.get(name);
  if (entry === undefined) {
    const { promise, resolve } = deferred();
    entry = { promise, resolve };
    parts.set(name, entry);
  }
  return entry;
}

/** @param {string} name @param {Blob | WebAssembly.Module | null} value */
function arrived(name, value) {
  // A pack that cannot be had is only missed by who asks for it.
  partNamed(name).resolve(value ?? Promise.reject(new ReferenceError(name)));
}

function deferred() {
  /** @type {(value: any) => void} */
  let resolve = () => {};
  const promise = new Promise((settle) => (resolve = settle));
  promise.catch(() => {});
  return { promise, resolve };
}

/** @param {Blob} blob */
async function bytesOf(blob) {
  return new Uint8Array(await blob.arrayBuffer());
}

/** Start the interpreter and import the engine. @param {Progress} progress */
async function boot(progress) {
  const lock = JSON.parse(await (await partNamed("lock").promise).text());
  answerFromMemory();
  progress("start");
  const pyodide = await loadPyodide({
    indexURL: NOWHERE,
    packageBaseUrl: NOWHERE,
    lockFileContents: lock,
    // Nothing is printed: what an engine prints may quote a file.
    stdout: () => {},
    stderr: () => {},
  });
  raiseWalls();
  progress("engine");
  pyodide.FS.writeFile("/lib/engine.zip", await bytesOf(await partNamed("engine").promise));
  pyodide.pyimport("sys").path.append("/lib/engine.zip");
  const handle = /** @type {Handle} */ (pyodide.pyimport("dicomanon.web").handle);
  return { handle, addPack: /** @param {PackName} name */ (name) => addPack(pyodide, name) };
}

/** The runtime fetches three files by name; hand it what the page sent. */
function answerFromMemory() {
  const ours = { "python_stdlib.zip": "stdlib", "pyodide.asm.wasm": "wasm" };
  /** @param {RequestInfo|URL} url */
  const fetchPart = async (url) => {
    const name = String(url).slice(NOWHERE.length);
    const part = ours[/** @type {keyof typeof ours} */ (name)];
    if (part === undefined) throw new TypeError(`the runtime asked for ${name}`);
    // The interpreter is compiled already: its answer stays empty and is not read.
    return new Response(part === "wasm" ? null : await partNamed(part).promise);
  };
  self.fetch = fetchPart;
  /** @param {Response|PromiseLike<Response>} _answer @param {WebAssembly.Imports} [imports] */
  const instantiate = async (_answer, imports) => {
    const module = await partNamed("wasm").promise;
    const instance = /** @type {any} */ (await WebAssembly.instantiate(module, imports));
    return { module, instance };
  };
  WebAssembly.instantiateStreaming = instantiate;
}

/** @param {Pyodide} pyodide @param {PackName} name */
async function addPack(pyodide, name) {
  const path = `/lib/${name}.zip`;
  pyodide.FS.writeFile(path, await bytesOf(await partNamed(name).promise));
  pyodide.pyimport("packfinder").add(path);
}

/** @param {EngineRequest} request @param {Progress} progress */
async function answer({ type, body }, progress) {
  engine ??= boot(progress);
  const { handle, addPack: add } = await engine;
  const { file, files, ...rest } = body;
  const brought = /** @type {File[]} */ (files ?? (file === undefined ? [] : [file]));
  if (type === "open") openFile = brought[0] ?? null;
  const text = JSON.stringify(rest);
  /** @type {Set<PackName>} */
  const added = new Set();
  for (;;) {
    const handled = handle(type, text, brought, progress);
    if (handled.need === undefined) return handled;
    for (const name of handled.need) {
      if (added.has(name)) throw new RangeError("a pack that is there is asked for again");
      added.add(name);
      progress(PACK_STAGES[name]);
      await add(name);
    }
  }
}

/**
 * The saved file: its bytes and ranges of the source, which stays on the disk.
 * @param {(Uint8Array|[number, number])[]} pieces @param {Blob|null} source
 */
function blobOf(pieces, source) {
  const made = pieces.map((piece) => {
    if (piece instanceof Uint8Array) return /** @type {Uint8Array<ArrayBuffer>} */ (piece);
    if (source === null) throw new ReferenceError("a range without a source");
    return source.slice(...piece);
  });
  return new Blob(made, { type: "application/dicom" });
}

/** @param {EngineRequest} request */
async function serve(request) {
  const { id, type } = request;
  /** @type {Progress} */
  const progress = (stage, done, total) => postMessage({ id, progress: { stage, done, total } });
  try {
    const { error, json, buffers, parts: pieces } = await answer(request, progress);
    if (error !== undefined) {
      postMessage({ id, ok: false, error });
      return;
    }
    const body = JSON.parse(json ?? "{}");
    /** @type {Transferable[]} */
    const moved = [];
    (buffers ?? []).forEach((bytes, index) => {
      const field = BUFFER_FIELDS[type]?.[index];
      if (field === undefined) throw new RangeError("bytes without a field");
      const exact = bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;
      body[field] = exact;
      moved.push(/** @type {ArrayBuffer} */ (exact));
    });
    if (pieces) body.blob = blobOf(pieces, /** @type {File|undefined} */ (request.body["file"]) ?? openFile);
    if (type === "close") openFile = null;
    postMessage({ id, ok: true, body }, moved);
  } catch (failure) {
    postMessage({ id, ok: false, error: crash(failure) });
  }
}

/** @param {unknown} failure @returns {EngineError} */
function crash(failure) {
  const named = /** @type {{type?: string, name?: string}} */ (failure ?? {});
  // PythonError.type is the exception's class name.
  const detail = String(named.type ?? named.name ?? "Error").slice(0, 80);
  return { code: "crash", path: null, offset: null, detail };
}

self.onmessage = (/** @type {MessageEvent<Incoming>} */ { data }) => {
  if ("part" in data) arrived(data.part, data.value);
  else last = last.then(() => serve(data));
};
