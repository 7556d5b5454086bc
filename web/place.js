// @ts-check
/**
 * The page's own folder in the browser's private file system, where a ZIP grows until it is saved.
 *
 * Strategy: the folder's name is a lock the page holds while it lives, so a folder whose lock is
 * free was left by a page that is gone, and goes too.
 *
 * Invariants: only anonymized output is ever in it; nothing of it is used by another page.
 */

const PREFIX = "dicomanon-";

/** A folder's name, null where there is no such file system. @returns {Promise<string|null>} */
export async function claimPlace() {
  const name = `${PREFIX}${crypto.randomUUID()}`;
  try {
    // Never resolved: the lock is the page's as long as it lives.
    void navigator.locks.request(name, () => new Promise(() => {}));
    const root = await navigator.storage.getDirectory();
    const { held = [] } = await navigator.locks.query();
    const alive = new Set(held.map((lock) => lock.name));
    const folders = /** @type {{keys: () => AsyncIterable<string>}} */ (/** @type {unknown} */ (root));
    for await (const found of folders.keys()) {
      if (found.startsWith(PREFIX) && !alive.has(found) && found !== name) await root.removeEntry(found, { recursive: true });
    }
    return name;
  } catch {
    // Private windows and pages from the disk have none: ZIPs then grow as Blobs.
    return null;
  }
}

/** Leave nothing in it. @param {string|null} name */
export async function emptyPlace(name) {
  if (name === null) return;
  const root = await navigator.storage.getDirectory();
  try {
    await root.removeEntry(name, { recursive: true });
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== "NotFoundError") throw error;
  }
}
