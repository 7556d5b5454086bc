// @ts-check
/**
 * Takes away, for good, whatever could carry a byte out of a worker.
 *
 * Strategy: a classic script before the worker's own. It only says what walls are; the worker raises
 * them when it has what it needs and before it is given anything of a person's file.
 *
 * Invariants: no function that could reach a network, a store or another context is left.
 */

/** Functions and constructors that reach out of a worker. */
const WALLED_CALLS = [
  ...["fetch", "XMLHttpRequest", "WebSocket", "WebSocketStream", "WebTransport", "EventSource"],
  ...["importScripts", "Worker", "SharedWorker", "BroadcastChannel", "Notification", "FontFace"],
  ...["RTCPeerConnection", "webkitRequestFileSystem", "webkitRequestFileSystemSync"],
  ...["webkitResolveLocalFileSystemURL", "webkitResolveLocalFileSystemSyncURL"],
];

/** Stores and doors that are objects. */
const WALLED_OBJECTS = ["indexedDB", "caches", "cookieStore", "registration"];

/** From here on this worker has its messages, and nothing else. */
function raiseWalls() {
  const closed = function closed() {
    throw new TypeError("closed");
  };
  for (const name of WALLED_CALLS) wall(name, closed);
  for (const name of WALLED_OBJECTS) wall(name, undefined);
  wall("instantiateStreaming", closed, WebAssembly);
  wall("compileStreaming", closed, WebAssembly);
}

/** @param {string} name @param {unknown} value @param {object} [target] */
function wall(name, value, target = self) {
  for (let owner = target; owner !== null; owner = Object.getPrototypeOf(owner)) {
    if (owner === target || Object.hasOwn(owner, name)) {
      Object.defineProperty(owner, name, { value, writable: false, configurable: false });
    }
  }
}
