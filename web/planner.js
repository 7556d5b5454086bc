// @ts-check
/**
 * The plan of the open file: its rows, and what becomes of them by what was chosen.
 *
 * Strategy: plans run one at a time, and whatever is wished meanwhile is planned once more at the
 * end. Rows come in chunks, those first that the person looks at. Knows no DOM.
 *
 * Invariants: an answer for a file that is no longer open is dropped; a choice the engine refuses is
 * taken back.
 */

import { choicesOf } from "./state.js";

/** @typedef {import("./client.js").Client} Client */
/** @typedef {import("./state.js").Store} Store */
/** @typedef {import("./session.js").Say} Say */
/** @typedef {Pick<import("./state.js").State, "preset"|"profile"|"options"|"overrides">} Decided */

/** Rows asked for at once: about 10 ms of engine time. */
const CHUNK_ROWS = 1000;
/** @type {Decided} */
const FIRST = { preset: "research", profile: null, options: [], overrides: [] };

export class Planner {
  #client;
  #store;
  #say;
  #fail;
  /** The open file's turn: grows with every opening, so late answers are known. */
  #turn = 0;
  #planning = false;
  #planAgain = false;
  /** A row the person is looking at that is not here yet. */
  #wantedRow = 0;
  /** The choices of the last plan that worked. */
  #good = FIRST;

  /** @param {Client} client @param {Store} store @param {Say} say @param {(error: unknown) => void} fail */
  constructor(client, store, say, fail) {
    this.#client = client;
    this.#store = store;
    this.#say = say;
    this.#fail = fail;
  }

  get turn() {
    return this.#turn;
  }

  /** What was asked for until now is for nobody any more. */
  turned() {
    return ++this.#turn;
  }

  /** Forget what was chosen. */
  forget() {
    this.#good = FIRST;
  }

  /** A file is open. @param {import("./protocol.js").Opened} opened @param {import("./protocol.js").Choices} choices  it was opened with */
  async begin(opened, { preset, profile = null, options = [], overrides }) {
    /** @type {(import("./protocol.js").Row|undefined)[]} */
    const rows = new Array(opened.total_rows);
    opened.rows.forEach((row) => (rows[row.index] = row));
    this.#good = { preset, profile, options, overrides };
    const { counts, warnings } = opened;
    this.#store.set({
      opened, rows, counts, warnings, rows_loaded: opened.rows.length, rows_version: 1, busy: null,
      saved: null, verdict: null,
    });
    this.#say((said) => said.opened(opened.total_rows));
    await this.#load();
  }

  /** Ask for everything once more. */
  async refresh() {
    const { rows } = this.#store.state;
    this.#store.set({ rows: new Array(rows.length), rows_loaded: 0 });
    await this.plan();
    void this.#load();
  }

  /** The rows around this one are wanted next. @param {number} index */
  want(index) {
    this.#wantedRow = index;
  }

  /** Decide anew; what changes meanwhile is decided in one more round. */
  async plan() {
    if (this.#store.state.opened === null) return;
    this.#planAgain = true;
    if (this.#planning) return;
    this.#planning = true;
    const turn = this.#turn;
    this.#store.set({ planning: true });
    try {
      while (this.#planAgain && turn === this.#turn) {
        this.#planAgain = false;
        await this.#planOnce(turn);
      }
    } finally {
      this.#planning = false;
      this.#store.set({ planning: false });
    }
  }

  /** @param {number} turn */
  async #planOnce(turn) {
    const { preset, profile, options, overrides } = this.#store.state;
    try {
      const planned = await this.#client.request("plan", { choices: choicesOf(this.#store.state) });
      if (turn !== this.#turn) return;
      const { rows, rows_version } = this.#store.state;
      for (const change of planned.changes) {
        const row = rows[change.index];
        if (row !== undefined) Object.assign(row, change);
      }
      this.#good = { preset, profile, options, overrides };
      const { counts, warnings } = planned;
      this.#store.set({ rows_version: rows_version + 1, counts, warnings });
      this.#say((said) => said.planned(counts.changed));
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#store.set({ ...this.#good });
      this.#fail(error);
    }
  }

  /** Bring the rest of the rows, what is looked at first. */
  async #load() {
    const turn = this.#turn;
    for (;;) {
      const { rows } = this.#store.state;
      const start = nextMissing(rows, this.#wantedRow);
      if (start < 0 || turn !== this.#turn) return;
      const stop = Math.min(rows.length, start + CHUNK_ROWS);
      const answer = await this.#client.request("rows", { start, stop });
      if (turn !== this.#turn || answer.length === 0) return;
      const added = answer.filter(({ index }) => rows[index] === undefined).length;
      for (const row of answer) rows[row.index] = row;
      const { rows_version, rows_loaded } = this.#store.state;
      this.#store.set({ rows_version: rows_version + 1, rows_loaded: rows_loaded + added });
    }
  }
}

/**
 * The first row that is not here, from `wanted` on, then from the start; -1 if all are.
 * @param {readonly unknown[]} rows @param {number} wanted
 */
function nextMissing(rows, wanted) {
  for (let i = wanted; i < rows.length; i++) if (rows[i] === undefined) return i;
  for (let i = 0; i < rows.length; i++) if (rows[i] === undefined) return i;
  return -1;
}
