/** The runtime files of this build; build_wasm.py writes parts.js beside the page. */
export const PARTS: Readonly<Record<string, { url: string; bytes: number; integrity: string }>>;

/** The service worker's address; the single file has none. */
export const SERVICE_WORKER: string | null;

/** A pack that is loaded on demand. */
export type PackName = "numpy" | "imagecodecs" | "pydicom";
