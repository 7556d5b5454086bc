// @ts-check
/**
 * A preset of the person's own: loaded from a file, and the choices saved as one.
 *
 * Invariants: the file is the person's; nothing of it is stored. What it says is checked by the engine,
 * and a preset that the engine refuses is taken back.
 */

import { download, find, setText } from "../dom.js";

/** @typedef {import("../i18n.js").Messages} Messages */

const PRESET_MAX_BYTES = 4_194_304;
const NEW_NAME = "dicomanon-preset.json";

/** @param {import("../state.js").Store} store @param {import("../session.js").Session} session */
export function createPresetView(store, session) {
  const input = find("#preset-input", HTMLInputElement);
  find("#preset-load", HTMLButtonElement).addEventListener("click", () => input.click());
  find("#preset-save", HTMLButtonElement).addEventListener("click", async () => {
    const text = await session.presetText();
    if (text !== null) download(new Blob([text], { type: "application/json" }), NEW_NAME);
  });
  input.addEventListener("change", async () => {
    const [file] = input.files ?? [];
    input.value = "";
    if (file === undefined) return;
    const profile = file.size > PRESET_MAX_BYTES ? null : objectOf(await file.text());
    if (profile === null) store.set({ error: { code: "preset_form", path: null, offset: null } });
    else session.setProfile(profile);
  });

  /** @param {import("../state.js").State} state @param {Messages} messages */
  const render = ({ profile }, messages) => {
    const name = profile?.["name"];
    const shown = typeof name === "string" && name !== "" ? name : messages.text.preset_unnamed;
    find("#preset-own-line", HTMLElement).hidden = profile === null;
    setText(find("#preset-own", HTMLElement), profile === null ? "" : messages.own_preset(shown));
  };
  return { render };
}

/** @param {string} text @returns {Record<string, unknown>|null} */
function objectOf(text) {
  try {
    const found = JSON.parse(text);
    return typeof found === "object" && found !== null && !Array.isArray(found) ? found : null;
  } catch {
    // Said as every other file that is no preset.
    return null;
  }
}
