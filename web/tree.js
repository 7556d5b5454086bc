// @ts-check
/**
 * Patients, their studies, series and images: where each of many files belongs.
 *
 * Strategy: grows by one entry after the other, and what images share is kept once. Lists are
 * sorted once, when all are here.
 *
 * Invariants: memory only; knows no DOM and no file.
 */

/** @typedef {import("./protocol.js").Entry} Entry */
/** @typedef {import("./protocol.js").Warning} Warning */
/** @typedef {import("./intake.js").Item} Item */

/**
 * @typedef {object} Leaf  one image, or another instance
 * @property {Item} item
 * @property {Series} series
 * @property {string} number
 * @property {string} device  maker, model and size of the image
 * @property {number} columns_px
 * @property {number} rows_px
 * @property {number} frames
 */

/**
 * @typedef {object} Series
 * @property {string} number
 * @property {string} description
 * @property {string} modality
 * @property {number} risk  that text is burned in, 0 to 100, of the image that has most
 * @property {string} burned_in  code of the warning of it, "" if there is none
 * @property {Leaf[]} leaves
 */

/** @typedef {{date: string, description: string, series: Map<string, Series>}} Study */
/** @typedef {{id: string, name: string, studies: Map<string, Study>}} Patient */

/**
 * @typedef {object} Tree
 * @property {Map<string, Patient>} patients
 * @property {number} images
 * @property {number} unknown  images of a kind that no dictionary has
 */

/** @returns {Tree} */
export function emptyTree() {
  return { patients: new Map(), images: 0, unknown: 0 };
}

/** @param {Tree} tree @param {Item} item @param {Entry} entry @returns {Leaf} */
export function grow(tree, item, entry) {
  const who = JSON.stringify([entry.patient_id, entry.patient_name]);
  const patient = at(tree.patients, who, () => ({ id: entry.patient_id, name: entry.patient_name, studies: new Map() }));
  const study = at(patient.studies, entry.study_uid, () => ({
    date: entry.study_date, description: entry.study_description, series: new Map(),
  }));
  /** @type {Series} */
  const fresh = {
    number: entry.series_number, description: entry.series_description, modality: entry.modality, risk: 0, burned_in: "", leaves: [],
  };
  const series = at(study.series, entry.series_uid, () => fresh);
  if (entry.risk > series.risk) Object.assign(series, { risk: entry.risk, burned_in: entry.burned_in });
  const { columns_px, rows_px, frames } = entry;
  const device = JSON.stringify([entry.manufacturer, entry.model, columns_px, rows_px]);
  const leaf = { item, series, number: entry.instance_number, device, columns_px, rows_px, frames };
  series.leaves.push(leaf);
  tree.images += 1;
  tree.unknown += entry.sop_class_known ? 0 : 1;
  return leaf;
}

/**
 * @template T
 * @param {Map<string, T>} map @param {string} key @param {() => T} make
 * @returns {T}
 */
function at(map, key, make) {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

/** Images by their number, series by theirs, everything else by name. @param {Tree} tree */
export function sortTree(tree) {
  tree.patients = sorted(tree.patients, ({ id, name }) => `${name} ${id}`);
  for (const patient of tree.patients.values()) {
    patient.studies = sorted(patient.studies, ({ date }) => date);
    for (const study of patient.studies.values()) {
      study.series = sorted(study.series, ({ number }) => number);
      for (const { leaves } of study.series.values()) leaves.sort((a, b) => byNumber(a.number, b.number));
    }
  }
}

/**
 * @template T
 * @param {Map<string, T>} map @param {(value: T) => string} text
 */
function sorted(map, text) {
  return new Map([...map].sort(([, a], [, b]) => byNumber(text(a), text(b))));
}

/** The same, where text is likeliest to be burned in first. @param {Tree} tree @returns {Tree} */
export function byRisk(tree) {
  const ofSeries = (/** @type {Series} */ { risk }) => risk;
  const ofStudy = (/** @type {Study} */ { series }) => Math.max(...[...series.values()].map(ofSeries));
  const ofPatient = (/** @type {Patient} */ { studies }) => Math.max(...[...studies.values()].map(ofStudy));
  const patients = riskiest(tree.patients, ofPatient, (patient) => ({
    ...patient,
    studies: riskiest(patient.studies, ofStudy, (study) => ({ ...study, series: riskiest(study.series, ofSeries, (series) => series) })),
  }));
  return { ...tree, patients };
}

/**
 * @template T
 * @param {Map<string, T>} map @param {(value: T) => number} risk @param {(value: T) => T} inside
 */
function riskiest(map, risk, inside) {
  return new Map([...map].sort(([, a], [, b]) => risk(b) - risk(a)).map(([key, value]) => [key, inside(value)]));
}

/** 9 before 10; what is no number as text. @param {string} a @param {string} b */
function byNumber(a, b) {
  return Number(a) - Number(b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** @param {Tree} tree @returns {Generator<Series, void, void>} */
export function* seriesOf(tree) {
  for (const patient of tree.patients.values()) {
    for (const study of patient.studies.values()) yield* study.series.values();
  }
}

/** @param {Tree} tree @returns {Generator<Leaf, void, void>} */
export function* leavesOf(tree) {
  for (const { leaves } of seriesOf(tree)) yield* leaves;
}

/** How many of each there are. @param {Tree} tree */
export function countsOf(tree) {
  const studies = [...tree.patients.values()].flatMap((patient) => [...patient.studies.values()]);
  const series = studies.reduce((sum, study) => sum + study.series.size, 0);
  return { patients: tree.patients.size, studies: studies.length, series, images: tree.images };
}

/** What to look at before all are treated alike, most serious first. @param {Tree} tree @returns {Warning[]} */
export function treeWarnings(tree) {
  /** @type {Warning[]} */
  const found = [];
  const burned = [...seriesOf(tree)].filter(({ burned_in }) => burned_in !== "");
  const likely = burned.filter(({ burned_in }) => burned_in !== "burned_in_possible").length;
  if (likely > 0) found.push({ code: "many_burned_in", level: "high", data: { count: likely } });
  const shared = namesWithSeveralIds(tree);
  if (shared > 0) found.push({ code: "many_ids", level: "high", data: { count: shared } });
  if (tree.patients.size > 1) {
    found.push({ code: "many_patients", level: "medium", data: { count: tree.patients.size } });
  }
  if (burned.length > likely) {
    found.push({ code: "many_burned_in_possible", level: "medium", data: { count: burned.length - likely } });
  }
  if (tree.unknown > 0) found.push({ code: "many_unknown", level: "medium", data: { count: tree.unknown } });
  return found;
}

/** @param {Tree} tree */
function namesWithSeveralIds(tree) {
  /** @type {Map<string, Set<string>>} */
  const ids = new Map();
  for (const { id, name } of tree.patients.values()) {
    const folded = name.normalize("NFKC").toUpperCase().replaceAll(/[\s^]+/g, " ").trim();
    if (folded !== "") at(ids, folded, () => new Set()).add(id);
  }
  return [...ids.values()].filter((found) => found.size > 1).length;
}
