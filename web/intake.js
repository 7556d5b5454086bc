// @ts-check
/**
 * What a person gives: files, folders and ZIPs become items, one after the other.
 *
 * Strategy: folders are walked and ZIPs are listed as items are asked for; nothing is read of a file
 * before somebody opens it, and then only as a Blob, which is a reference.
 *
 * Invariants: an item's name is shown and never written anywhere. A ZIP that is refused is one item
 * that fails, and the others go on.
 */

import { RequestError } from "./client.js";

/** @typedef {import("./archiver.js").Archiver} Archiver */

/**
 * One file, wherever it lies.
 * @typedef {object} Item
 * @property {string} name  path inside what was given
 * @property {() => Promise<Blob>} open  rejects with a RequestError
 */

/** What of a drop outlives the event. @typedef {(File|FileSystemEntry)[]} Given */

const ZIP_NAME = /\.zip$/i;
const ZIP_HEAD = "PK\x03\x04";

/** Keep what was dropped: a DataTransfer is empty after its event. @param {DataTransfer} transfer @returns {Given} */
export function givenBy(transfer) {
  const held = [...transfer.items].filter(({ kind }) => kind === "file");
  const entries = held.map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const found = entries.filter((entry) => entry !== null);
  return found.length > 0 ? found : [...transfer.files];
}

/** Files of a folder chooser, which come in no order. @param {File[]} files */
export function inOrder(files) {
  return files.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

/** The one plain file that was given, null if there is more to it. @param {Given} given @returns {Promise<File|null>} */
export async function onlyFile(given) {
  const [first, ...more] = given;
  if (first === undefined || more.length > 0 || isFolder(first)) return null;
  const file = await fileOf(first);
  return (await startsAsZip(file)) ? null : file;
}

/**
 * Every file in what was given, in order.
 * @param {Given} given @param {Archiver} archiver
 * @returns {AsyncGenerator<Item, void, void>}
 */
export async function* itemsOf(given, archiver) {
  for (const one of given) {
    if (isFolder(one)) {
      yield* itemsOf(await entriesOf(one), archiver);
    } else if (ZIP_NAME.test(one.name)) {
      yield* zipItems(one, archiver);
    } else if (given.length === 1 && (await startsAsZip(await fileOf(one)))) {
      yield* zipItems(one, archiver);
    } else {
      yield { name: nameOf(one), open: () => fileOf(one) };
    }
  }
}

/** @param {File|FileSystemEntry} one @param {Archiver} archiver @returns {AsyncGenerator<Item, void, void>} */
async function* zipItems(one, archiver) {
  /** @type {import("./archiver.js").Listed} */
  let listed;
  try {
    listed = await archiver.list(await fileOf(one));
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    yield { name: nameOf(one), open: () => Promise.reject(error) };
    return;
  }
  for (const [index, name] of listed.names.entries()) {
    yield { name: `${nameOf(one)}/${name}`, open: () => archiver.extract(listed.archive, index) };
  }
}

/** @param {File|FileSystemEntry} one @returns {one is FileSystemDirectoryEntry} */
function isFolder(one) {
  return "isDirectory" in one && one.isDirectory;
}

/** @param {File|FileSystemEntry} one */
function nameOf(one) {
  return one instanceof File ? one.webkitRelativePath || one.name : one.fullPath.replace(/^\//, "");
}

/** @param {File|FileSystemEntry} one @returns {Promise<File>} */
async function fileOf(one) {
  if (one instanceof File) return one;
  const entry = /** @type {FileSystemFileEntry} */ (one);
  return new Promise((resolve, reject) => entry.file(resolve, () => reject(unreadable())));
}

/** The names in a folder, in order of names; the browser hands them out in portions. @param {FileSystemDirectoryEntry} folder */
async function entriesOf(folder) {
  const reader = folder.createReader();
  /** @type {FileSystemEntry[]} */
  const found = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const portion = await new Promise((resolve, reject) => reader.readEntries(resolve, () => reject(unreadable())));
    if (portion.length === 0) break;
    found.push(...portion);
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** @param {Blob} file */
async function startsAsZip(file) {
  try {
    return (await file.slice(0, ZIP_HEAD.length).text()) === ZIP_HEAD;
  } catch {
    // Who opens it next says that it cannot be read.
    return false;
  }
}

function unreadable() {
  return new RequestError({ code: "unreadable", path: null, offset: null });
}
