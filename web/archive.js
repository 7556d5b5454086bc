// @ts-check
/**
 * The worker for ZIPs: lists and opens what was given, writes what is saved.
 *
 * Strategy: a classic script behind walls.js, raised at once, and zip.js. Reading is random access into the person's File; an
 * entry becomes a Blob when it is asked for. Writing goes entry after entry into a file of the
 * origin's private file system, where there is one, else into Blobs: the whole is never in memory.
 *
 * Invariants: a ZIP that is encrypted, leaves its folder, or unpacks to what no archive of images
 * does, is refused as a whole before anything is unpacked; an entry never becomes larger than it
 * said. Entries are stored (pixels hardly shrink), names and times say nothing. Errors are codes.
 */

/** @typedef {{id: number, type: string, body: any}} Asked */
/** @typedef {import("./zip.d.ts").ZipEntry} ZipEntry */

/** The error of this worker: a key of the page's messages. */
class ArchiveError extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** A gigabyte may unpack from anything; beyond that, this many times the ZIP's own size. */
const FREE_BYTES = 2 ** 30;
const MOST_TIMES = 100;
const MOST_ENTRIES = 1_000_000;
/** What one Blob gathers where there is no private file system. */
const PART_BYTES = 2 ** 24;
/** Each write to the private file system is a message to the browser: a few large ones cost less. */
const WRITE_BYTES = 2 ** 22;
const CHUNK_BYTES = 2 ** 20;
/** DOS times begin here; when it was written is nobody's business. */
const NO_TIME = new Date(1980, 0, 1);
const AES_256 = 3;

/** What zip.js calls a problem, in our words. @type {Record<string, string>} */
const REASONS = {
  [zip.ERR_UNSAFE_FILENAME]: "zip_path",
  [zip.ERR_ENCRYPTED]: "zip_encrypted",
  [zip.ERR_ENCRYPTED_CENTRAL_DIRECTORY]: "zip_encrypted",
  [zip.ERR_OVERLAPPING_ENTRY]: "zip_bomb",
};

/** @type {ZipEntry[][]} */
const archives = [];

/** @type {{writer: ZipWriter, sink: Sink, last: Promise<void>}|null} */
let output = null;

/** @typedef {{stream: WritableStream<Uint8Array<ArrayBuffer>>, finish: () => Promise<Blob>, abort: () => Promise<void>}} Sink */
/** @typedef {import("./zip.d.ts").ZipWriter} ZipWriter */

zip.configure({ useWebWorkers: false, chunkSize: CHUNK_BYTES });

/** @param {{file: Blob}} body */
async function list({ file }) {
  const reader = new zip.ZipReader(new zip.BlobReader(file), { checkOverlappingEntry: true });
  const entries = (await reader.getEntries()).filter(({ directory }) => !directory);
  if (entries.some(({ encrypted }) => encrypted)) throw new ArchiveError("zip_encrypted");
  const unpacked = entries.reduce((sum, entry) => sum + entry.uncompressedSize, 0);
  if (entries.length > MOST_ENTRIES || unpacked > FREE_BYTES + MOST_TIMES * file.size) {
    throw new ArchiveError("zip_bomb");
  }
  return { archive: archives.push(entries) - 1, names: entries.map(({ filename }) => filename) };
}

/** @param {{archive: number, index: number}} body */
async function extract({ archive, index }) {
  const entry = archives[archive]?.[index];
  if (entry === undefined) throw new ArchiveError("zip_damaged");
  const { stream, finish } = blobSink(entry.uncompressedSize);
  await entry.getData(stream, { checkSignature: true, checkOverlappingEntry: true });
  return { blob: await finish() };
}

/** @param {{password: string|null, folder: string|null}} body */
async function create({ password, folder }) {
  const sink = (folder === null ? null : await fileSink(folder)) ?? blobSink(Infinity);
  const encrypted = password === null ? {} : { password, encryptionStrength: AES_256, zipCrypto: false };
  const times = { lastModDate: NO_TIME, extendedTimestamp: false, ntfsTimestamp: false };
  const writer = new zip.ZipWriter(sink.stream, { level: 0, keepOrder: true, ...times, ...encrypted });
  output = { writer, sink, last: Promise.resolve() };
  return {};
}

/** @param {{path: string, output: Blob|ArrayBuffer}} body */
async function add({ path, output }) {
  const out = opened();
  const reader = output instanceof Blob ? new zip.BlobReader(output) : new zip.Uint8ArrayReader(new Uint8Array(output));
  const mine = out.last.then(() => out.writer.add(path, reader)).then(() => {});
  // Entries go one after the other; one that fails fails alone.
  out.last = mine.catch(() => {});
  await mine;
  return {};
}

async function finish() {
  const { writer, sink, last } = opened();
  await last;
  await writer.close();
  output = null;
  return { blob: await sink.finish() };
}

async function abort() {
  const sink = output?.sink;
  output = null;
  await sink?.abort();
  return {};
}

function opened() {
  if (output === null) throw new ArchiveError("zip_damaged");
  return output;
}

/** A file of the private file system, null where there is none. @param {string} folder @returns {Promise<Sink|null>} */
async function fileSink(folder) {
  try {
    const root = await navigator.storage.getDirectory();
    const parent = await root.getDirectoryHandle(folder, { create: true });
    const name = crypto.randomUUID();
    const handle = await parent.getFileHandle(name, { create: true });
    const access = await handle.createSyncAccessHandle();
    const { write, flush } = gathered((bytes, at) => {
      for (let done = 0; done < bytes.length; ) done += access.write(bytes.subarray(done), { at: at + done });
    });
    const stream = new WritableStream({ write });
    const finish = async () => (flush(), access.flush(), access.close(), handle.getFile());
    const abort = async () => (access.close(), parent.removeEntry(name));
    return { stream, finish, abort };
  } catch {
    // Private windows and files from the disk have none; Blobs do the same with more memory.
    return null;
  }
}

/** Chunks put together until they are worth a write. @param {(bytes: Uint8Array<ArrayBuffer>, at: number) => void} out */
function gathered(out) {
  const held = new Uint8Array(WRITE_BYTES);
  let filled = 0;
  let at = 0;
  const flush = () => {
    out(held.subarray(0, filled), at);
    at += filled;
    filled = 0;
  };
  const write = (/** @type {Uint8Array<ArrayBuffer>} */ chunk) => {
    for (let done = 0; done < chunk.length; ) {
      const part = chunk.subarray(done, done + WRITE_BYTES - filled);
      held.set(part, filled);
      filled += part.length;
      done += part.length;
      if (filled === WRITE_BYTES) flush();
    }
  };
  return { write, flush };
}

/** Blobs of some megabytes each: browsers keep large ones on the disk. @param {number} most_bytes @returns {Sink} */
function blobSink(most_bytes) {
  /** @type {Blob[]} */
  const parts = [];
  /** @type {Uint8Array<ArrayBuffer>[]} */
  let chunks = [];
  let held = 0;
  let total = 0;
  const flush = () => {
    parts.push(new Blob(chunks));
    chunks = [];
    held = 0;
  };
  const stream = new WritableStream({
    write(chunk) {
      total += chunk.length;
      if (total > most_bytes) throw new ArchiveError("zip_bomb");
      chunks.push(chunk);
      if ((held += chunk.length) >= PART_BYTES) flush();
    },
  });
  const finish = async () => {
    flush();
    return new Blob(parts);
  };
  return { stream, finish, abort: async () => {} };
}

/** @type {Record<string, (body: any) => Promise<object>>} */
const REQUESTS = { list, extract, create, add, finish, abort };

/** @param {unknown} failure */
function codeOf(failure) {
  if (failure instanceof ArchiveError) return failure.code;
  const { name, message } = /** @type {Error} */ (failure);
  if (name === "QuotaExceededError") return "disk_full";
  if (name === "NotReadableError" || name === "NotFoundError") return "unreadable";
  return REASONS[message] ?? "zip_damaged";
}

self.onmessage = async (/** @type {MessageEvent<Asked>} */ { data: { id, type, body } }) => {
  try {
    postMessage({ id, ok: true, body: await REQUESTS[type]?.(body) });
  } catch (failure) {
    postMessage({ id, ok: false, error: { code: codeOf(failure), path: null, offset: null } });
  }
};
