/** What build_wasm.py writes before sw.js: each file's address and `integrity`. */
declare const BUILD: { readonly version: string; readonly files: Readonly<Record<string, string>> };
