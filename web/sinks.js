// @ts-check
/**
 * Where many outputs go: one ZIP, or a folder the person chose.
 *
 * Strategy: both take one output after the other and hold none of them.
 *
 * Invariants: a path is given out once, a second instance of the same UID gets a number. What is not
 * complete is not there: a ZIP is handed over when it is finished, a file of a folder appears whole.
 */

import { RequestError } from "./client.js";

/** @typedef {import("./archiver.js").Archiver} Archiver */
/** @typedef {import("./archiver.js").Output} Output */

/**
 * @typedef {object} Sink
 * @property {(path: string, output: Output) => Promise<string>} add  the path it got; bytes are handed over
 * @property {() => Promise<Blob|null>} finish  the file to hand over, null where all is in its place
 * @property {() => Promise<unknown>} abort
 */

/** @param {Archiver} archiver @param {string|null} password @param {string|null} place  folder of the private file system @returns {Promise<Sink>} */
export async function zipSink(archiver, password, place) {
  const free = freePaths();
  await archiver.create({ password, folder: place });
  return {
    add: async (path, output) => {
      const own = free(path);
      await archiver.add(own, output);
      return own;
    },
    finish: () => archiver.finish(),
    abort: () => archiver.abort(),
  };
}

/** @param {FileSystemDirectoryHandle} root @returns {Sink} */
export function folderSink(root) {
  const free = freePaths();
  /** @type {Map<string, Promise<FileSystemDirectoryHandle>>} */
  const folders = new Map([["", Promise.resolve(root)]]);
  /** @param {string} path @returns {Promise<FileSystemDirectoryHandle>} */
  const folderAt = (path) => {
    const known = folders.get(path);
    if (known !== undefined) return known;
    const [parent, name] = split(path);
    const made = folderAt(parent).then((folder) => folder.getDirectoryHandle(name, { create: true }));
    folders.set(path, made);
    return made;
  };
  const add = async (/** @type {string} */ path, /** @type {Output} */ output) => {
    const own = free(path);
    const [parent, name] = split(own);
    try {
      await write(await folderAt(parent), name, output);
    } catch (error) {
      throw new RequestError({ code: codeOf(error), path: null, offset: null });
    }
    return own;
  };
  return { add, finish: async () => null, abort: async () => {} };
}

/** A file that appears whole or not at all. @param {FileSystemDirectoryHandle} folder @param {string} name @param {Output} output */
async function write(folder, name, output) {
  const file = await folder.getFileHandle(name, { create: true });
  try {
    const stream = await file.createWritable();
    await new Blob([output]).stream().pipeTo(stream);
  } catch (error) {
    await folder.removeEntry(name);
    throw error;
  }
}

/** @param {unknown} error */
function codeOf(error) {
  const name = error instanceof DOMException ? error.name : "";
  return name === "QuotaExceededError" ? "disk_full" : "unwritable";
}

/** @param {string} path @returns {[string, string]} folder and name */
function split(path) {
  const at = path.lastIndexOf("/");
  return [path.slice(0, Math.max(0, at)), path.slice(at + 1)];
}

/** A function that gives each path out once. */
function freePaths() {
  const taken = new Set();
  return (/** @type {string} */ path) => {
    let own = path;
    for (let number = 2; taken.has(own); number++) own = path.replace(/(\.\w+)?$/, `-${number}$1`);
    taken.add(own);
    return own;
  };
}
