// @ts-check
/**
 * The two build steps that only the page's own Pyodide can do, run under Node.
 *
 *   node runtime.mjs PYODIDE_DIR compile ROOT LEVEL     every .py below ROOT becomes a .pyc in its place
 *   node runtime.mjs PYODIDE_DIR freeze MICROPIP WHEEL...   prints the lock that micropip freezes
 *
 * Strategy: byte code and lock come from the interpreter that will read them, so neither can
 * disagree with it. The runtime starts from an empty lock: nothing can be taken from elsewhere.
 *
 * Invariants: no network. Compiled files carry no time, no path of this machine and no source.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, resolve } from "node:path";

const COMPILE = `
import os, py_compile
def compile_tree(root, level):
    os.chdir(root)
    for folder, _, names in os.walk("."):
        for name in sorted(names):
            if name.endswith(".py"):
                source = os.path.normpath(os.path.join(folder, name))
                py_compile.compile(source, source + "c", source, doraise=True, optimize=level,
                    invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
                os.remove(source)
compile_tree
`;

const FREEZE = `
import micropip
async def freeze(wheels):
    await micropip.install(wheels)
    return micropip.freeze()
freeze
`;

/** @param {string} folder */
async function start(folder) {
  const require = createRequire(import.meta.url);
  const indexURL = resolve(folder);
  const { info } = JSON.parse(readFileSync(join(indexURL, "pyodide-lock.json"), "utf8"));
  const { loadPyodide } = require(join(indexURL, "pyodide.js"));
  return loadPyodide({
    indexURL,
    lockFileContents: { info, packages: {} },
    packageBaseUrl: indexURL,
    stdout: (/** @type {string} */ line) => console.error(line),
  });
}

/** @param {any} pyodide @param {string[]} rest */
async function compile(pyodide, [root = "", level = "1"]) {
  pyodide.mountNodeFS("/build", resolve(root));
  pyodide.runPython(COMPILE)("/build", Number(level));
}

/** @param {any} pyodide @param {string[]} rest */
async function freeze(pyodide, [micropip = "", ...wheels]) {
  pyodide.unpackArchive(new Uint8Array(readFileSync(micropip)), "wheel");
  const names = wheels.map((wheel) => {
    pyodide.FS.writeFile(`/tmp/${basename(wheel)}`, new Uint8Array(readFileSync(wheel)));
    return `emfs:/tmp/${basename(wheel)}`;
  });
  process.stdout.write(await pyodide.runPython(FREEZE)(pyodide.toPy(names)));
}

const [folder = "", step, ...rest] = process.argv.slice(2);
const steps = { compile, freeze };
try {
  await steps[/** @type {keyof typeof steps} */ (step)](await start(folder), rest);
} catch (error) {
  // Uncaught, Node would print the line of pyodide.asm.js that threw: a megabyte.
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
