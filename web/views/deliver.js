// @ts-check
/**
 * Saving many files, or one as a ZIP: where to, encrypted or not, and how far it is.
 *
 * Invariants: a passphrase leaves its field when the dialog closes, and is nowhere but in the ZIP's
 * writer. Under the in-hospital preset encryption is ticked until the person says otherwise.
 */

import { download, find, setText } from "../dom.js";
import { PASSPHRASE_CHARS } from "../seal.js";
import { folderSink, zipSink } from "../sinks.js";
import { totalOf } from "../state.js";
import { renderLeft } from "./tree.js";

/** @typedef {import("../state.js").State} State */
/** @typedef {import("../state.js").Store} Store */
/** @typedef {import("../i18n.js").Messages} Messages */
/** @typedef {import("../batch.js").Many} Many */

/** Browsers that let a page write into a folder. @typedef {{showDirectoryPicker?: (options: object) => Promise<FileSystemDirectoryHandle>}} Picking */

/**
 * @param {Store} store @param {import("../session.js").Session} session
 * @param {Many} many @param {import("../archiver.js").Archiver} archiver
 * @param {Promise<string|null>} place  folder of the private file system
 */
export function createDeliverView(store, session, many, archiver, place) {
  const dialog = find("#deliver", HTMLDialogElement);
  const encrypt = find("#deliver-encrypt", HTMLInputElement);
  const problem = find("#deliver-error", HTMLElement);
  const [first, second] = ["#deliver-passphrase", "#deliver-again"].map((id) => find(id, HTMLInputElement));
  if (first === undefined || second === undefined) throw new TypeError("two fields");
  /** @type {Messages|null} */
  let words = null;
  /** @type {import("../state.js").Retry|null} */
  let retry = null;

  const target = () => find("input[name=target]:checked", HTMLInputElement, dialog).value;
  const show = () => {
    const zip = target() === "zip";
    find("#deliver-targets", HTMLElement).hidden = !canPick() || store.state.batch === null;
    find("#deliver-encrypts", HTMLElement).hidden = !zip;
    const sealed = zip && encrypt.checked;
    find("#deliver-fields", HTMLFieldSetElement).hidden = !sealed;
    for (const field of [first, second]) field.required = sealed;
  };
  first.minLength = PASSPHRASE_CHARS;
  dialog.addEventListener("change", show);
  dialog.addEventListener("close", () => {
    first.value = second.value = problem.textContent = "";
  });
  find("[data-close]", HTMLButtonElement, dialog).addEventListener("click", () => dialog.close());
  /** @param {import("../state.js").Retry|null} [only]  files that the check refused */
  const open = (only = null) => {
    retry = only;
    find("input[value=zip]", HTMLInputElement, dialog).checked = true;
    encrypt.checked = store.state.preset === "in-hospital" && store.state.profile === null;
    setText(find("#deliver-title", HTMLElement), words?.deliver_title(retry?.files.length ?? totalOf(store.state)) ?? "");
    show();
    dialog.showModal();
  };
  find("form", HTMLFormElement, dialog).addEventListener("submit", async (event) => {
    event.preventDefault();
    if (first.required && first.value !== second.value) {
      problem.textContent = words?.text.passphrase_differs ?? "";
      return;
    }
    const password = first.required ? first.value.normalize("NFKC") : null;
    const picked = target() === "folder" ? await pickFolder() : null;
    if (target() === "folder" && picked === null) return;
    dialog.close();
    const sink = picked === null ? await zipSink(archiver, password, await place) : folderSink(picked);
    const name = picked === null ? zipName() : null;
    const blob = await many.save(sink, name, retry);
    if (blob !== null && name !== null) download(blob, name);
  });
  find("#save-zip", HTMLButtonElement).addEventListener("click", async () => {
    // One file is searched first, as where it is saved on its own.
    const { batch, verdict } = store.state;
    if (batch !== null || (verdict ?? (await session.check()))?.passed) open();
  });

  /** @param {State} state @param {Messages} messages */
  const render = (state, messages) => {
    words = messages;
    find("#save-zip", HTMLButtonElement).hidden = state.batch !== null;
    find("#save-zip", HTMLButtonElement).disabled = find("#save", HTMLButtonElement).disabled;
    renderRun(state, messages);
  };
  return { render, open };
}

function canPick() {
  return /** @type {Picking} */ (window).showDirectoryPicker !== undefined;
}

/** @returns {Promise<FileSystemDirectoryHandle|null>} null if the person left the picker */
async function pickFolder() {
  try {
    return (await /** @type {Picking} */ (window).showDirectoryPicker?.({ mode: "readwrite" })) ?? null;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return null;
    throw error;
  }
}

/** When it was made, and nothing of what is in it. */
function zipName() {
  return `dicomanon-${new Date().toISOString().slice(0, 16).replaceAll(/[-:]/g, "").replace("T", "-")}.zip`;
}

/** @param {State} state @param {Messages} messages */
function renderRun({ run }, messages) {
  find("#run", HTMLElement).hidden = run === null || run.over;
  // What the check refused is told by the verdict.
  const failed = run?.over ? run.failed.filter(({ code }) => code !== "leak") : [];
  renderLeft(find("#failed", HTMLDetailsElement), failed, messages.failed(failed.length), messages);
  if (run === null || run.over) return;
  find("#run-bar", HTMLProgressElement).value = (run.done + run.failed.length) / Math.max(1, run.total);
  setText(find("#run-text", HTMLElement), runText(run, messages));
}

/** How far, how fast, how long. @param {import("../state.js").Run} run @param {Messages} messages */
export function runText(run, messages) {
  const tried = run.done + run.failed.length;
  const rate = tried / Math.max(0.001, (run.now_ms - run.started_ms) / 1000);
  return messages.running(tried, run.total, rate, tried === 0 ? null : (run.total - tried) / rate);
}
