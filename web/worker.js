// @ts-check
/**
 * The worker: boots Pyodide from bytes the page hands over, forwards messages to dicomanon.web.
 *
 * Strategy: a classic script, started from a blob behind pyodide.js, pyodide.asm.js and walls.js, so it
 * inherits the page's policy and works on file:// too. Every file arrives as a message; what the
 * runtime would fetch is answered from those. Requests are handled one after the other; meanwhile the
 * browser reads what the next one's files begin with, small files whole: a read that the engine waits
 * for costs a millisecond in Chromium. A small output is joined here, and its SHA-256 is the browser's
 * to make, which takes a third of the engine's time.
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
 * @property {Piece[]|null} [parts]  the file to save: bytes, ranges of the source
 * @property {EngineError} [error]
 * @property {PackName[]} [need]  packs to load before asking again
 */

/** @typedef {Uint8Array<ArrayBuffer>|Blob|[number, number]} Piece */
/** What a file begins with; undefined, Python's None, if it is not read ahead. @typedef {Uint8Array<ArrayBuffer>|undefined} Head */
/** @typedef {(type: string, body: string, files: (File|undefined)[], heads: Head[], progress: Progress) => Handled} Handle */

/** No host has this name: what the runtime asks for is answered from memory by its last part. */
const NOWHERE = "https://runtime.invalid/";

/** Which fields of an answer travel as bytes. @type {Record<string, string[]>} */
const BUFFER_FIELDS = {
  frame: ["rgba"],
  thumbnail: ["rgba"],
  detect: ["tensor"],
  inferred: ["tensor"],
  save: ["tensor"],
  anonymize: ["tensor"],
};

/** @type {Record<PackName, Stage>} */
const PACK_STAGES = { numpy: "numpy", imagecodecs: "codecs", pydicom: "check" };

/** A file of no more is read ahead whole where all of it is wanted, of others the first part. */
const WHOLE_BYTES = 2 ** 22;
const HEAD_BYTES = 2 ** 19;
/** Where one belongs stands in less: the preamble, and the first window that the engine reads. */
const INDEX_BYTES = 128 + 2 ** 16;

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

/** The files that a request brings along; undefined: bytes, which are all in its head. @param {EngineRequest} request */
function broughtBy({ body: { file, files, tensor } }) {
  return /** @type {(File|undefined)[]} */ (files ?? (file === undefined && tensor === undefined ? [] : [file]));
}

/** What its files begin with. @param {EngineRequest} request @returns {Promise<Head[]>} */
async function headsOf(request) {
  const { type, body } = request;
  const most = type === "index" ? INDEX_BYTES : HEAD_BYTES;
  return Promise.all(
    broughtBy(request).map(async (file) => {
      if (file === undefined) return new Uint8Array(/** @type {ArrayBuffer} */ (body["tensor"]));
      try {
        return await bytesOf(type === "anonymize" && file.size <= WHOLE_BYTES ? file : file.slice(0, most));
      } catch {
        // Who reads it next hears why it cannot be read.
        return undefined;
      }
    }),
  );
}

/** @param {EngineRequest} request @param {Head[]} heads @param {Progress} progress */
async function answer(request, heads, progress) {
  engine ??= boot(progress);
  const { handle, addPack: add } = await engine;
  const { type, body } = request;
  const { file: _file, files: _files, source: _source, tensor: _tensor, ...rest } = body;
  const brought = broughtBy(request);
  if (type === "open") openFile = brought[0] ?? null;
  const digest = !hashes(request);
  const text = JSON.stringify({ ...rest, digest });
  /** @type {Set<PackName>} */
  const added = new Set();
  for (;;) {
    const handled = handle(type, text, brought, heads, progress);
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
 * @param {Piece[]} pieces @param {Blob|null} source
 */
function blobOf(pieces, source) {
  const made = pieces.map((piece) => {
    if (!Array.isArray(piece)) return piece;
    if (source === null) throw new ReferenceError("a range without a source");
    return source.slice(...piece);
  });
  return new Blob(made, { type: "application/dicom" });
}

/** Whether the SHA-256 of what is made of a file is made here. @param {EngineRequest} request */
function hashes({ type, body }) {
  return type === "anonymize" && /** @type {Blob} */ (body["file"]).size <= WHOLE_BYTES && crypto.subtle !== undefined;
}

/**
 * The saved file in one piece. head: the whole source, if it is known
 * @param {Piece[]} pieces @param {Head} head @param {Blob|null} source
 */
async function joined(pieces, head, source) {
  const parts = pieces.map((piece) => (Array.isArray(piece) ? head?.subarray(...piece) : piece));
  const bytes = parts.filter((part) => part instanceof Uint8Array);
  if (head === undefined || bytes.length < parts.length) return blobOf(pieces, source).arrayBuffer();
  const whole = new Uint8Array(bytes.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of bytes) {
    whole.set(part, at);
    at += part.length;
  }
  return whole.buffer;
}

/** @param {ArrayBuffer} bytes */
async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The file that ranges of an output are of. @param {EngineRequest} request */
function sourceOf({ type, body }) {
  const brought = type === "inferred" ? body["source"] : body["file"];
  return /** @type {Blob|undefined} */ (brought) ?? openFile;
}

/** @param {EngineRequest} request @param {Promise<Head[]>} ahead */
async function serve(request, ahead) {
  const { id, type } = request;
  /** @type {Progress} */
  const progress = (stage, done, total) => postMessage({ id, progress: { stage, done, total } });
  try {
    const heads = await ahead;
    const { error, json, buffers, parts: pieces } = await answer(request, heads, progress);
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
    if (pieces && body.entry?.sha256 === null) {
      // What a network's answer begins with is not what the file does.
      const head = type === "anonymize" ? heads[0] : undefined;
      body.output = await joined(pieces, head, sourceOf(request));
      body.entry.sha256 = await sha256(body.output);
      moved.push(body.output);
    } else if (pieces) body[body.entry === undefined ? "blob" : "output"] = blobOf(pieces, sourceOf(request));
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
  else {
    const ahead = headsOf(data);
    last = last.then(() => serve(data, ahead));
  }
};
