// @ts-check
/**
 * Undo and redo of what the person chose.
 *
 * Strategy: choices are plain data, so a step is the choices as they were; the store is watched, and
 * nobody who changes a choice need know of it. Quick changes of one mask, as when it is pushed
 * along, are one step.
 *
 * Invariants: another file, or another lot of them, begins anew. A choice that the engine takes back
 * is no step. What is put back is planned like any choice.
 */

/** @typedef {import("./state.js").State} State */

/**
 * What is put back: choices, and all masks wherever they belong.
 * @typedef {Pick<State, "preset"|"profile"|"options"|"overrides"|"masks"|"unmaskable"|"looked">} Chosen
 * @typedef {keyof Chosen} What
 */

/** @type {What[]} */
const WHAT = ["preset", "profile", "options", "overrides", "masks", "unmaskable", "looked"];
/** Changes of one mask within this time are one. */
const ONE_STEP_MS = 600;
const MOST_STEPS = 500;

export class History {
  /** @type {Chosen[]} */
  #past = [];
  /** @type {Chosen[]} */
  #future = [];
  /** @type {Chosen|null} */
  #now = null;
  /** What the choices are about. @type {unknown} */
  #about = null;
  /** @type {{mask: number|null, at_ms: number}|null} */
  #last = null;
  #put;
  #say;

  /**
   * @param {(chosen: Chosen) => Promise<void>} put  choices back, and plan
   * @param {(what: (messages: import("./i18n.js").Messages) => string) => void} say
   */
  constructor(put, say) {
    this.#put = put;
    this.#say = say;
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  /** Look at the state after a change. @param {State} state */
  note(state) {
    const about = state.batch?.tree ?? state.file;
    const chosen = chosenIn(state);
    if (about !== this.#about || this.#now === null) {
      this.#about = about;
      this.#past = [];
      this.#future = [];
    } else this.#noteChange(this.#now, chosen);
    this.#now = chosen;
  }

  undo() {
    return this.#move(this.#past, this.#future, (messages, what) => messages.said.undone(messages.choice[what]));
  }

  redo() {
    return this.#move(this.#future, this.#past, (messages, what) => messages.said.redone(messages.choice[what]));
  }

  /** @param {Chosen} before @param {Chosen} after */
  #noteChange(before, after) {
    const what = difference(before, after);
    if (what === null) return;
    const top = this.#past.at(-1);
    if (top !== undefined && difference(top, after) === null) {
      // The engine refused it.
      this.#past.pop();
      return;
    }
    const now_ms = performance.now();
    const mask = what === "masks" ? changedMask(before.masks, after.masks) : null;
    const goesOn = mask !== null && this.#last?.mask === mask && now_ms - this.#last.at_ms < ONE_STEP_MS;
    this.#last = { mask, at_ms: now_ms };
    this.#future = [];
    if (goesOn) return;
    this.#past.push(before);
    if (this.#past.length > MOST_STEPS) this.#past.shift();
  }

  /**
   * @param {Chosen[]} from @param {Chosen[]} to
   * @param {(messages: import("./i18n.js").Messages, what: What) => string} said
   */
  async #move(from, to, said) {
    const chosen = from.pop();
    if (chosen === undefined || this.#now === null) return;
    const what = difference(this.#now, chosen) ?? "preset";
    to.push(this.#now);
    this.#now = chosen;
    this.#last = null;
    await this.#put(chosen);
    // What the plan says of itself is said before.
    this.#say((messages) => said(messages, what));
  }
}

/** @param {State} state @returns {Chosen} */
function chosenIn({ preset, profile, options, overrides, masks, elsewhere, unmaskable, looked }) {
  const all = [...masks, ...elsewhere].sort((one, other) => one.id - other.id);
  return { preset, profile, options, overrides, masks: all, unmaskable, looked };
}

/** The first that differs, null if all are the same. @param {Chosen} one @param {Chosen} other */
function difference(one, other) {
  return WHAT.find((what) => !isSame(one[what], other[what])) ?? null;
}

/** The one mask that was changed, null if others were, or came or went. @param {Chosen["masks"]} before @param {Chosen["masks"]} after */
function changedMask(before, after) {
  const changed = after.filter((mask, i) => mask !== before[i]);
  return before.length === after.length && changed.length === 1 ? (changed[0]?.id ?? null) : null;
}

/** Whether two choices are one: masks and series by identity, plain data by what it says. @param {unknown} one @param {unknown} other */
function isSame(one, other) {
  if (one === other) return true;
  if (!Array.isArray(one) || !Array.isArray(other)) return JSON.stringify(one) === JSON.stringify(other);
  return one.length === other.length && one.every((entry, i) => entry === other[i] || isPlain(entry, other[i]));
}

/** @param {unknown} one @param {unknown} other */
function isPlain(one, other) {
  const holdsFiles = (/** @type {unknown} */ entry) => entry === null || (typeof entry === "object" && ("of" in entry || "leaves" in entry));
  return !holdsFiles(one) && !holdsFiles(other) && JSON.stringify(one) === JSON.stringify(other);
}
