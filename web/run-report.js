// @ts-check
/**
 * The record of one run over many files: as text, and as the entries that the engine's reports are made of.
 *
 * Invariants: no value of a file and no name of a source is in it.
 */

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

/** What was written. @param {number} number @param {string} output  its path @param {object} entry  the engine's */
export function writtenEntry(number, output, entry) {
  return JSON.stringify({ number, state: "written", output, ...entry });
}

/** What was not written. @param {number} number @param {import("./client.js").RequestError} error */
export function refusedEntry(number, { code, path = null, offset = null, findings = [] }) {
  return JSON.stringify({ number, state: "refused", code, path, offset, findings, seconds: 0 });
}
