/** What worker.js uses of pyodide.js, which stands before it in the same script. */
interface Pyodide {
  FS: { writeFile(path: string, data: Uint8Array): void };
  pyimport(name: string): any;
}

declare function loadPyodide(options: {
  indexURL: string;
  packageBaseUrl: string;
  lockFileContents: unknown;
  stdout: (line: string) => void;
  stderr: (line: string) => void;
}): Promise<Pyodide>;
