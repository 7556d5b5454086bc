// @ts-check
/**
 * The record of one run over many files: as text, and as the entries that the engine's reports are made of.
 *
 * Strategy: entries are lines of JSON, one like the other, so they are kept packed: a hundred bytes an
 * image in place of a thousand.
 *
 * Invariants: no value of a file and no name of a source is in it.
 */

/** Lines are packed when they are so many characters. */
const PIECE_CHARS = 2 ** 18;

/**
 * @param {import("./state.js").State} state @param {import("./state.js").Run} run
 * @param {readonly string[]} lines  path, elements changed, masks: one line an output
 */
export function runReport({ preset, profile, options, key }, run, lines) {
  /** @type {Map<string, number>} */
  const reasons = new Map();
  for (const { code } of run.failed) reasons.set(code, (reasons.get(code) ?? 0) + 1);
  return [
    `preset: ${profile === null ? preset : "own"}`,
    `options: ${options.join(", ") || "none"}`,
    `key fingerprint: ${key?.fingerprint ?? "of a key that is forgotten"}`,
    `written: ${run.done}`,
    `not written: ${run.failed.length}`,
    ...[...reasons].map(([code, count]) => `  ${code}: ${count}`),
    "",
    "output\telements changed\tmasks",
    ...[...lines].sort(),
    "",
  ].join("\n");
}

/** The entries of a run, in the order in which they were done. */
export class Entries {
  #count = 0;
  /** @type {string[]} */
  #lines = [];
  #held_chars = 0;
  /** @type {Promise<ArrayBuffer>[]} */
  #packed = [];

  /** What was written. @param {string} output  its path @param {object} entry  the engine's */
  written(output, entry) {
    this.#add({ state: "written", output, ...entry });
  }

  /** What was not written. @param {import("./client.js").RequestError} error */
  refused({ code, path = null, offset = null, findings = [] }) {
    this.#add({ state: "refused", code, path, offset, findings, seconds: 0 });
  }

  /** All of them as lines of JSON. */
  async whole() {
    const pieces = await Promise.all(this.#packed.map(async (piece) => through(await piece, new DecompressionStream("gzip"))));
    return new Blob([...pieces, ...this.#lines]);
  }

  /** @param {object} entry */
  #add(entry) {
    this.#count += 1;
    const line = `${JSON.stringify({ number: this.#count, ...entry })}\n`;
    this.#lines.push(line);
    this.#held_chars += line.length;
    if (this.#held_chars < PIECE_CHARS) return;
    this.#packed.push(through(this.#lines.join(""), new CompressionStream("gzip")));
    this.#lines = [];
    this.#held_chars = 0;
  }
}

/** @param {BlobPart} part @param {CompressionStream|DecompressionStream} stream */
function through(part, stream) {
  return new Response(new Blob([part]).stream().pipeThrough(stream)).arrayBuffer();
}
