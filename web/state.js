// @ts-check
/**
 * All the page knows: one object, replaced in part, watched by the views.
 *
 * Strategy: `set` merges and asks for one render per task; views read the whole state and change
 * only what differs on the screen. Rows are many, so they are changed in place and counted by
 * `rows_version`.
 *
 * Invariants: memory only, nothing is stored; `choices` is all the engine gets to know.
 */

/** @typedef {import("./protocol.js").Row} Row */
/** @typedef {import("./protocol.js").Choices} Choices */
/** @typedef {import("./protocol.js").Progress} Progress */
/** @typedef {import("./protocol.js").FrameRequest["window"]} WindowLevel */

/**
 * A mask on the page; the engine gets only those that are applied. `of` is the image it was drawn on
 * where there are many, and `scope` says for which others it is meant. `why` says where a proposed
 * one comes from; null: drawn by hand.
 * @typedef {import("./protocol.js").Mask & MaskUse} PageMask
 * @typedef {{id: number, applied: boolean, of: Leaf|null, scope: import("./scope.js").Scope, why: Why|null}} MaskUse
 */

/** Text that was found, with what its modality needs. @typedef {import("./protocol.js").TextRegion & Pick<Detected, "modality"|"stays">} FoundText */
/** @typedef {FoundText|{template: string}} Why  text that was found, or a template's name */
/** @typedef {import("./protocol.js").Detected} Detected */

/**
 * A search for burned-in text.
 * @typedef {object} Search
 * @property {"running"|"stopping"|"over"} phase
 * @property {readonly (Leaf|null)[]} leaves  images to look at; null: the only file
 * @property {number} at  the image in work
 * @property {number} done  its frames
 * @property {number} total
 */

/** @typedef {import("./tree.js").Leaf} Leaf */
/** @typedef {import("./tree.js").Series} Series */

/**
 * A file that is not in the output, and why.
 * @typedef {object} Left
 * @property {string} name
 * @property {string} code
 * @property {string|null} path
 * @property {import("./protocol.js").Finding[]} [findings]  of the leak check
 * @property {import("./intake.js").Item} [item]  where it can be tried again
 */

/** Files that the check refused, to be saved for a reason. @typedef {{reason: string, files: readonly Left[]}} Retry */

/**
 * Many files.
 * @typedef {object} Batch
 * @property {"listing"|"ready"} phase
 * @property {number} found  files so far
 * @property {import("./tree.js").Tree} tree  grows in place
 * @property {number} version  of the tree
 * @property {Left[]} skipped  what is no image, and why
 * @property {Leaf|null} leaf  the one in the table
 */

/**
 * Files on their way out, into a ZIP or a folder.
 * @typedef {object} Run
 * @property {number} total
 * @property {number} done  saved
 * @property {Left[]} failed
 * @property {boolean} over
 * @property {number} started_ms
 * @property {number} now_ms
 * @property {string|null} name  of the ZIP; null for a folder
 * @property {string} report  when it is over
 * @property {Choices} choices
 * @property {import("./run-report.js").Entries} entries  of the report
 * @property {[string, string]} times  beginning and end, ISO 8601
 * @property {number} weak  weak findings in what was saved
 * @property {import("./protocol.js").Category[]} searched  what it was searched for
 */

/** What was made of the open file, and when. @typedef {import("./protocol.js").Verdict & {times: [string, string]}} Verdict */
/** @typedef {1|2|3|4} Step  open, review, pixels, save */
/** @typedef {"all"|"changed"|"removed"|"kept"} FilterState */
/** @typedef {{category: import("./protocol.js").Category|null, state: FilterState, text: string}} Filter */
/** @typedef {{code: string, path: string|null, offset: number|null, detail?: string|undefined}} PageError */
/** @typedef {{task: "open"|"save", progress: Progress|null}} Busy */

/**
 * @typedef {object} State
 * @property {import("./i18n.js").Language} language
 * @property {"starting"|"ready"|"failed"} runtime
 * @property {Progress|null} booting  stage of starting
 * @property {import("./protocol.js").Booted|null} engine  its version and edition of the standard, once it is up
 * @property {Busy|null} busy
 * @property {boolean} planning
 * @property {Blob|null} file  waiting, open, or to be opened again
 * @property {string} name  of that file
 * @property {Batch|null} batch  null: one file at a time
 * @property {Run|null} run  going on, or the last one, until a choice changes
 * @property {import("./protocol.js").Opened|null} opened
 * @property {(Row|undefined)[]} rows  by index; undefined until loaded
 * @property {number} rows_version
 * @property {number} rows_loaded
 * @property {import("./protocol.js").Counts|null} counts
 * @property {import("./protocol.js").Warning[]} warnings
 * @property {import("./protocol.js").PresetName} preset
 * @property {string[]} options  of PS3.15 Annex E
 * @property {Record<string, unknown>|null} profile  a preset of the person's own, in place of `preset`
 * @property {import("./protocol.js").Override[]} overrides
 * @property {PageMask[]} masks  for the file in view
 * @property {PageMask[]} elsewhere  masks for others of many
 * @property {Search|null} search  the last one
 * @property {Map<Leaf|null, Detected>} found  by all searches, by image; grows in place
 * @property {import("./protocol.js").How} how  the last search looked
 * @property {Record<string, import("./protocol.js").TextKind[]>} stays  by modality, where the person changed what text may stay
 * @property {import("./protocol.js").Template[]} templates  that fit the file in view
 * @property {string|null} own_templates  text of the person's own template file
 * @property {import("./protocol.js").Unmaskable} unmaskable  what becomes of pixels that no mask can be burned into
 * @property {readonly (Series|null)[]} looked  series of which the person saw every frame; null: the only file
 * @property {number|null} selected_mask
 * @property {number} frame  from 1
 * @property {WindowLevel} window  null: the file's own
 * @property {"fit"|number} zoom  number: screen pixels per image pixel
 * @property {"draw"|"window"|"pan"} mode
 * @property {Filter} filter
 * @property {Step} step
 * @property {2|3} main  which of review and pixels is in view where there is room for one
 * @property {Verdict|null} verdict  null: not checked since the last choice
 * @property {import("./protocol.js").Accepted|null} accepted
 * @property {import("./protocol.js").Saved|null} saved
 * @property {{fingerprint: string}|null} key  of the key file in use
 * @property {PageError|null} error
 */

/** @returns {Pick<State, "opened"|"rows"|"rows_version"|"rows_loaded"|"counts"|"warnings"|"planning"|"saved"|"verdict"|"accepted">} */
export function nothingOpen() {
  return {
    opened: null, rows: [], rows_version: 0, rows_loaded: 0, counts: null, warnings: [],
    planning: false, saved: null, verdict: null, accepted: null,
  };
}

/** What a new file starts with; the preset, its Options and the key stay. @returns {Partial<State>} */
export function freshChoices() {
  return {
    overrides: [], masks: [], elsewhere: [], unmaskable: "refuse", looked: [], ...nothingFound(), ...freshView(), mode: "draw",
    filter: { category: null, state: "all", text: "" },
  };
}

/** @returns {Pick<State, "search"|"found"|"stays">} */
function nothingFound() {
  return { search: null, found: new Map(), stays: {} };
}

/** What another image of many starts with. @returns {Pick<State, "selected_mask"|"frame"|"window"|"zoom"|"templates">} */
export function freshView() {
  return { selected_mask: null, frame: 1, window: null, zoom: "fit", templates: [] };
}

/** @param {import("./i18n.js").Language} language @returns {State} */
export function initialState(language) {
  return {
    language, runtime: "starting", booting: null, engine: null, busy: null, file: null, name: "", batch: null, run: null, ...nothingOpen(),
    preset: "research", profile: null, options: [], overrides: [], masks: [], elsewhere: [], unmaskable: "refuse", looked: [], own_templates: null, ...nothingFound(), ...freshView(),
    how: { effort: "normal", every_frame: false, read: true }, mode: "draw", filter: { category: null, state: "all", text: "" },
    step: 1, main: 2, key: null, error: null,
  };
}

/** What the engine gets to know. @param {State} state @returns {Choices} */
export function choicesOf(state) {
  const { preset, profile, options, overrides, masks, unmaskable, looked, accepted, batch } = state;
  return {
    preset,
    profile,
    options,
    overrides,
    masks: masks
      .filter(({ applied }) => applied)
      .map(({ x, y, width, height, frames }) => ({ x, y, width, height, frames })),
    unmaskable,
    looked_at: looked.includes(inView(state)),
    unsure: isUnsure(state, batch?.leaf ?? null),
    accepted,
  };
}

/** The series in view, null where there is only one file. @param {State} state */
export function inView({ batch }) {
  return batch?.leaf?.series ?? null;
}

/** Whether a search left frames of an image that a person has to look at. @param {State} state @param {Leaf|null} leaf */
export function isUnsure({ found }, leaf) {
  return (found.get(leaf)?.review.length ?? 0) > 0;
}

/** How many files a save is about. @param {State} state */
export function totalOf({ batch, file }) {
  return batch?.tree.images ?? (file === null ? 0 : 1);
}

/** Whether files are being listed or saved. @param {State} state */
export function isAtWork({ batch, run }) {
  return batch?.phase === "listing" || (run !== null && !run.over);
}

/** Whether text is being looked for. @param {State} state */
export function isSearching({ search }) {
  return search !== null && search.phase !== "over";
}

/** After a choice nothing counts as saved or checked; what is being saved goes on as it began. @param {State} state */
export function unsaved({ run }) {
  return { saved: null, verdict: null, accepted: null, run: run?.over ? null : run };
}

/** One state and those who watch it. */
export class Store {
  /** @type {State} */
  state;

  /** @type {((state: State) => void)[]} */
  #watchers = [];
  #asked = false;

  /** @param {State} state */
  constructor(state) {
    this.state = state;
  }

  /** @param {Partial<State>} change */
  set(change) {
    this.state = { ...this.state, ...change };
    if (this.#asked) return;
    this.#asked = true;
    queueMicrotask(() => {
      this.#asked = false;
      for (const watcher of this.#watchers) watcher(this.state);
    });
  }

  /** @param {(state: State) => void} watcher */
  watch(watcher) {
    this.#watchers.push(watcher);
  }
}
