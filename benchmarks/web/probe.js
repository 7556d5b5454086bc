/**
 * Looks into page and worker from the side: the WASM heap, the parts of the Blobs that are made,
 * and when the first row stands in the table. The same file runs in both, ahead of everything.
 */

if (typeof document === "undefined") watchWorker();
else watchPage();

function watchWorker() {
  let memory = null;
  let parts = 0;
  const instantiate = WebAssembly.instantiate;
  WebAssembly.instantiate = async (source, imports) => {
    const made = await instantiate(source, imports);
    const { exports } = made.instance ?? made;
    memory ??= Object.values(exports).find((item) => item instanceof WebAssembly.Memory) ?? null;
    memory ??= imports?.env?.memory ?? null;
    return made;
  };
  const RealBlob = Blob;
  self.Blob = class extends RealBlob {
    constructor(pieces, options) {
      super(pieces, options);
      parts = Math.max(parts, pieces?.length ?? 0);
    }
  };
  // Heard before the worker's own handler, which would take it for a request.
  addEventListener("message", (event) => {
    if (event.data.probe !== true) return;
    event.stopImmediatePropagation();
    postMessage({ id: "probe", heap_bytes: memory?.buffer.byteLength ?? -1, parts });
  });
}

function watchPage() {
  const workers = [];
  const RealWorker = Worker;
  globalThis.Worker = class extends RealWorker {
    constructor(url, options) {
      super(url, options);
      workers.push(this);
    }
  };
  /** What the worker's half has seen. */
  globalThis.probeWorker = () =>
    new Promise((resolve) => {
      const worker = workers.at(-1);
      const heard = ({ data }) => {
        if (data.id !== "probe") return;
        worker.removeEventListener("message", heard);
        resolve(data);
      };
      worker.addEventListener("message", heard);
      worker.postMessage({ probe: true });
    });
  /** Milliseconds from the next drop to the first row on the screen. */
  globalThis.probeDrop = () =>
    (globalThis.dropped = new Promise((resolve) => {
      addEventListener("drop", () => firstRow(performance.now(), resolve), { capture: true, once: true });
    }));
}

function firstRow(start, resolve) {
  const look = () => {
    const cell = document.querySelector("#rows tr:not([hidden]) .c-tag");
    const shown = cell !== null && cell.textContent !== "" && document.body.dataset.view === "work";
    // A frame that has begun after the row was filled has drawn it.
    if (shown) requestAnimationFrame(() => resolve(performance.now() - start));
    else requestAnimationFrame(look);
  };
  // Not at once: the page's own handler has yet to take the last file's table away.
  requestAnimationFrame(look);
}
