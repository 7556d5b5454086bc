// @ts-check
/**
 * Presses files: node press.mjs PYODIDE_DIR BROTLI_DIR TARGET SOURCE [TARGET SOURCE]...
 *
 * Strategy: writes TARGET.gz with the zlib inside the pinned Pyodide and TARGET.br with the pinned
 * brotli, both WebAssembly: their bytes are the same on every machine and with every Node.
 *
 * Invariants: no time and no name in the gzip header.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

/** The highest, 11, takes fifteen times as long for a tenth less. */
const BROTLI_QUALITY = 9;

const GZIP = `
import gzip
lambda data: gzip.compress(data.to_bytes(), 9, mtime=0)
`;

const [pyodideFolder = "", brotliFolder = "", ...pairs] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const brotli = require(join(resolve(brotliFolder), "pkg.node", "brotli_wasm.js"));
const { loadPyodide } = require(join(resolve(pyodideFolder), "pyodide.js"));
const pyodide = await loadPyodide({ indexURL: resolve(pyodideFolder) });
const gzip = pyodide.runPython(GZIP);
for (let i = 0; i + 1 < pairs.length; i += 2) {
  const [target = "", source = ""] = pairs.slice(i, i + 2);
  const data = new Uint8Array(readFileSync(source));
  writeFileSync(`${target}.br`, brotli.compress(data, { quality: BROTLI_QUALITY }));
  const pressed = gzip(data);
  writeFileSync(`${target}.gz`, pressed.toJs());
  pressed.destroy();
}
