/** The runtime files of this build; build_wasm.py writes parts.js beside the page. */
export const PARTS: Readonly<Record<string, { url: string; bytes: number; integrity: string }>>;

/** A pack that is loaded on demand. */
export type PackName = "numpy" | "imagecodecs" | "pydicom";
