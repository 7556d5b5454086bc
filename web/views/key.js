// @ts-check
/**
 * The key: use a file, open a sealed one with its passphrase, make a new one, or go without.
 *
 * Invariants: a passphrase leaves its field when the dialog closes, and is nowhere else. The key of a
 * new file is in use as soon as the file was handed to the person.
 */

import { download, find, setText } from "../dom.js";
import { problemText } from "../i18n.js";
import { PASSPHRASE_CHARS, SealError, isSealed, newKey, seal, unseal } from "../seal.js";

/** @typedef {import("../i18n.js").Messages} Messages */
/** @typedef {import("../session.js").Session} Session */

/** A key file is a few lines of text; anything larger is something else. */
const KEY_MAX_BYTES = 65_536;
const NEW_NAME = "dicomanon.key";

/** @param {import("../state.js").Store} store @param {Session} session */
export function createKeyView(store, session) {
  /** @type {Messages|null} */
  let words = null;
  const say = (/** @type {string} */ code) => (words === null ? code : problemText(words, code).what);
  const askFor = unlockDialog(session, say);
  newKeyDialog(session, say, () => words?.text.passphrase_differs ?? "");

  const input = find("#key-input", HTMLInputElement);
  find("#key-use", HTMLButtonElement).addEventListener("click", () => input.click());
  find("#key-drop", HTMLButtonElement).addEventListener("click", async () => {
    await session.useKey(null);
    find("#key-use", HTMLButtonElement).focus();
  });
  input.addEventListener("change", async () => {
    const [file] = input.files ?? [];
    input.value = "";
    if (file === undefined) return;
    if (file.size > KEY_MAX_BYTES) {
      store.set({ error: { code: "key", path: null, offset: null } });
      return;
    }
    const text = await file.text();
    if (isSealed(text)) askFor(text);
    else await session.useKey(text);
  });

  /** @param {import("../state.js").State} state @param {Messages} messages */
  const render = (state, messages) => {
    words = messages;
    setText(find("#key-state", HTMLElement), state.key?.fingerprint ?? messages.text.key_random);
    find("#key-drop", HTMLElement).hidden = state.key === null;
  };
  return { render };
}

/**
 * Ask for the passphrase of a sealed key until it opens or the person gives up.
 * @param {Session} session @param {(code: string) => string} say
 */
function unlockDialog(session, say) {
  const dialog = find("#unlock", HTMLDialogElement);
  const field = find("#unlock-passphrase", HTMLInputElement);
  let sealed = "";
  form(dialog, "#unlock-error", async () => {
    const text = await unseal(sealed, field.value);
    dialog.close();
    await session.useKey(text);
  }, say);
  return (/** @type {string} */ content) => {
    sealed = content;
    dialog.showModal();
    field.focus();
  };
}

/**
 * Make a key, hand its file to the person and use it.
 * @param {Session} session @param {(code: string) => string} say @param {() => string} differs
 */
function newKeyDialog(session, say, differs) {
  const dialog = find("#new-key", HTMLDialogElement);
  const seals = find("#new-key-seal", HTMLInputElement);
  const first = find("#new-key-passphrase", HTMLInputElement);
  const second = find("#new-key-again", HTMLInputElement);
  const show = () => {
    find("#new-key-fields", HTMLFieldSetElement).disabled = !seals.checked;
    first.required = second.required = seals.checked;
  };
  first.minLength = PASSPHRASE_CHARS;
  seals.addEventListener("change", show);
  find("#key-new", HTMLButtonElement).addEventListener("click", () => {
    show();
    dialog.showModal();
  });
  form(dialog, "#new-key-error", async () => {
    if (seals.checked && first.value !== second.value) return differs();
    const text = newKey();
    const content = seals.checked ? await seal(text, first.value) : text;
    download(new Blob([content], { type: "application/json" }), NEW_NAME);
    dialog.close();
    await session.useKey(text);
    return undefined;
  }, say);
}

/**
 * A dialog whose form works for a while and may fail; fields are emptied when it closes.
 * @param {HTMLDialogElement} dialog @param {string} problem  where a failure is said
 * @param {() => Promise<string|void>} work  what fails by a sentence says it itself
 * @param {(code: string) => string} say
 */
function form(dialog, problem, work, say) {
  const place = find(problem, HTMLElement);
  const submit = find("button[type=submit]", HTMLButtonElement, dialog);
  find("[data-close]", HTMLButtonElement, dialog).addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    for (const field of dialog.querySelectorAll("input")) if (field.type === "password") field.value = "";
    place.textContent = "";
  });
  find("form", HTMLFormElement, dialog).addEventListener("submit", async (event) => {
    event.preventDefault();
    place.textContent = "";
    submit.disabled = true;
    try {
      place.textContent = (await work()) ?? "";
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      place.textContent = say(error.code);
    } finally {
      submit.disabled = false;
    }
  });
}
