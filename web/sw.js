// @ts-check
/**
 * The service worker: keeps one version of the page, whole, and answers from it.
 *
 * Strategy: the build writes `BUILD` before this script: the version and each file's SHA-256. A
 * version is fetched into a cache of its own name, every file checked; only when all are there is
 * it installed, and only when the page asks (or no page is open) does it take over.
 *
 * Invariants: a page never gets files of two versions from here. No other origin is ever asked:
 * whoever asks for one gets an error.
 */

const scope = /** @type {ServiceWorkerGlobalScope & typeof globalThis} */ (/** @type {unknown} */ (self));
const PREFIX = "dicomanon-";
const CACHE = PREFIX + BUILD.version;

/** Fetch this version; all of it or nothing. */
async function install() {
  const cache = await caches.open(CACHE);
  const files = Object.entries(BUILD.files);
  try {
    await Promise.all(files.map(([name, integrity]) => keep(cache, name, integrity)));
  } catch (failure) {
    await caches.delete(CACHE);
    throw failure;
  }
}

/** @param {Cache} cache @param {string} name @param {string} integrity */
async function keep(cache, name, integrity) {
  const response = await fetch(name, { integrity, cache: "no-cache" });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  // A page may not be answered with what came by way of a redirect; its bytes are the same.
  const { body, headers } = response;
  await cache.put(name, response.redirected ? new Response(body, { headers }) : response);
}

async function forgetOthers() {
  const names = await caches.keys();
  const others = names.filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(others.map((name) => caches.delete(name)));
  await scope.clients.claim();
}

/** @param {Request} request */
async function answer(request) {
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return Response.error();
  const root = new URL(scope.registration.scope).pathname;
  const name = pathname.startsWith(root) ? pathname.slice(root.length) : "";
  const kept = name === "" || name === "index.html" ? "./" : name;
  const found = Object.hasOwn(BUILD.files, kept) && (await (await caches.open(CACHE)).match(kept));
  // What is not of the page (the manifest of sums, the single file) is the server's to answer.
  return found || fetch(request);
}

scope.addEventListener("install", (event) => event.waitUntil(install()));
scope.addEventListener("activate", (event) => event.waitUntil(forgetOthers()));
scope.addEventListener("fetch", (event) => event.respondWith(answer(event.request)));
scope.addEventListener("message", ({ data }) => {
  if (data === "activate") void scope.skipWaiting();
});
