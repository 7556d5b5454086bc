// @ts-check
/**
 * The page without its server: registers the service worker that keeps one version, whole.
 *
 * Strategy: the worker is registered when everything is here, so that it costs the start nothing.
 * A newer version is fetched beside the old one and waits; the page says so, and the person
 * reloads when it suits. The single file has no service worker: it is offline by itself.
 *
 * Invariants: no page is reloaded that nobody asked to reload. Nothing of a person's is stored.
 */

import { SERVICE_WORKER } from "./parts.js";

/** Keep this build for the next visit; null where there is nobody to keep it. */
export async function keepOffline() {
  if (SERVICE_WORKER === null || navigator.serviceWorker === undefined) return null;
  try {
    return await navigator.serviceWorker.register(SERVICE_WORKER, { updateViaCache: "none" });
  } catch {
    // A private window, a full disk, a plain-HTTP host: the page works, from its server only.
    return null;
  }
}

/** Whether the next visit needs no server; waits until that is so. @param {ServiceWorkerRegistration|null} registration */
export async function isKept(registration) {
  if (SERVICE_WORKER === null) return true;
  if (registration === null) return false;
  await navigator.serviceWorker.ready;
  return true;
}

/**
 * Tell when a newer version waits.
 * @param {ServiceWorkerRegistration|null} registration @param {() => void} onUpdate
 */
export function watchForUpdate(registration, onUpdate) {
  const tell = () => {
    // Without a controller this is the first version: there is nothing to update.
    if (registration?.waiting && navigator.serviceWorker.controller !== null) onUpdate();
  };
  registration?.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", tell);
  });
  tell();
}

/** Let the waiting version take over, and load it. */
export async function update() {
  const registration = await navigator.serviceWorker.getRegistration();
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload());
  registration?.waiting?.postMessage("activate");
}
