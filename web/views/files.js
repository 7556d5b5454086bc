// @ts-check
/**
 * Step 1: the drop zone, what the file is, and what to look out for.
 *
 * Strategy: the whole window takes a drop, of files, folders and ZIPs alike, and files that are pasted.
 *
 * Invariants: file names and DICOM text are set as text; a dropped file never replaces the page.
 */

import { find, make, setText } from "../dom.js";
import { word } from "../i18n.js";
import { givenBy, inOrder } from "../intake.js";
import { limitsOf } from "../limits.js";
import { warningItem } from "./warning.js";

/** @typedef {import("../state.js").State} State */
/** @typedef {import("../i18n.js").Messages} Messages */
/** @typedef {import("../batch.js").Many} Many */

/** @param {import("../state.js").Store} store @param {Many} many @param {() => Promise<File>} sample */
export function createFilesView(store, many, sample) {
  const input = find("#file-input", HTMLInputElement);
  const folder = find("#folder-input", HTMLInputElement);
  for (const id of ["#choose-file", "#open-other", "#error-other"]) {
    find(id, HTMLButtonElement).addEventListener("click", () => input.click());
  }
  const chooseFolder = find("#choose-folder", HTMLButtonElement);
  chooseFolder.addEventListener("click", () => folder.click());
  // Some tablets know no folders.
  chooseFolder.hidden = !("webkitdirectory" in folder);
  let turn = 0;
  /** @param {import("../intake.js").Given} given */
  const give = async (given) => {
    const mine = ++turn;
    await many.give(given);
    if (store.state.opened === null || mine !== turn) return;
    const wide = matchMedia("(min-width: 64em)").matches;
    store.set({ step: wide ? 2 : 1, main: 2 });
    find(wide ? "#title-2" : "#title-1", HTMLElement).focus({ preventScroll: true });
  };
  for (const chooser of [input, folder]) {
    chooser.addEventListener("change", () => {
      const files = inOrder([...(chooser.files ?? [])]);
      chooser.value = "";
      if (files.length > 0) void give(files);
    });
  }
  const trying = find("#sample", HTMLButtonElement);
  trying.addEventListener("click", async () => {
    trying.disabled = true;
    trying.setAttribute("aria-busy", "true");
    try {
      await give([await sample()]);
    } catch {
      // A part of the page that did not arrive.
      store.set({ error: { code: "unreadable", path: null, offset: null } });
    } finally {
      trying.disabled = false;
      trying.removeAttribute("aria-busy");
    }
  });
  takeDrops((transfer) => void give(givenBy(transfer)));
  addEventListener("paste", ({ clipboardData }) => {
    // Text is for the field it is pasted into.
    if (clipboardData?.files.length) void give(givenBy(clipboardData));
  });
  return { render: renderer() };
}

/** The whole window is a drop zone. @param {(transfer: DataTransfer) => void} onDrop */
function takeDrops(onDrop) {
  const veil = find("#drop-veil", HTMLElement);
  const holdsFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files") ?? false;
  for (const type of /** @type {const} */ (["dragenter", "dragover"])) {
    addEventListener(type, (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      veil.hidden = false;
    });
  }
  addEventListener("dragleave", (event) => {
    // Only leaving the window has nowhere to go to.
    if (event.relatedTarget === null) veil.hidden = true;
  });
  addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    veil.hidden = true;
    if (event.dataTransfer !== null) onDrop(event.dataTransfer);
  });
}

function renderer() {
  const warnings = find("#warnings", HTMLUListElement);
  const noWarnings = find("#no-warnings", HTMLElement);
  const facts = find("#facts", HTMLDListElement);
  /** @type {unknown[]} */
  let shown = [];
  /** @param {State} state @param {Messages} messages */
  return (state, messages) => {
    const { batch } = state;
    const lists = state.opened === null && batch?.phase === "listing";
    const waits = lists || (state.file !== null && state.opened === null && state.busy?.task === "open");
    document.body.dataset["view"] = state.opened === null ? "start" : "work";
    find("#drop", HTMLElement).classList.toggle("is-waiting", waits);
    setText(find("#waiting-name", HTMLElement), waits ? state.name : "");
    setText(find("#waiting-what", HTMLElement), lists ? messages.listing(batch.found) : messages.text.waiting);
    const now = [state.opened, state.warnings, state.language, state.name];
    if (state.opened === null || now.every((value, i) => value === shown[i])) return;
    shown = now;
    setText(find("#file-name", HTMLElement), state.name);
    setText(find("#file-size", HTMLElement), messages.size(state.opened.facts.size_bytes));
    const all = [...state.warnings, ...limitsOf(state.opened.facts)];
    noWarnings.hidden = all.length > 0;
    warnings.replaceChildren(...all.map((warning) => warningItem(warning, messages)));
    facts.replaceChildren(
      ...factLines(state.opened.facts, messages).flatMap(([term, text]) => [make("dt", term), make("dd", text)]),
    );
  };
}

/** @param {import("../protocol.js").Facts} facts @param {Messages} messages @returns {[string, string][]} */
function factLines(facts, messages) {
  const { fact } = messages;
  const image =
    facts.columns_px > 0
      ? messages.image(facts.columns_px, facts.rows_px, facts.frames, facts.bits_stored)
      : fact.no_image;
  const patient = [ageText(facts.patient_age, messages), word(messages.sex, facts.patient_sex.trim())];
  return [
    [fact.modality, facts.modality || fact.none],
    [fact.sop_class, facts.sop_class || fact.none],
    [fact.image, facts.photometric && facts.columns_px > 0 ? `${image}, ${facts.photometric}` : image],
    [fact.transfer_syntax, facts.transfer_syntax || fact.none],
    [fact.character_set, facts.character_set || fact.none],
    [fact.patient, patient.filter((part) => part !== "").join(" ") || fact.none],
    [fact.elements, messages.elements(facts.elements, facts.private_elements)],
  ];
}

/** `045Y` in words, anything else as it is. @param {string} age @param {Messages} messages */
function ageText(age, messages) {
  const [, count, unit] = /^\s*(\d{1,3})([DWMY])\s*$/.exec(age) ?? [];
  return count === undefined || unit === undefined ? age.trim() : messages.age(Number(count), unit);
}
