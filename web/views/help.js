// @ts-check
/**
 * How to, limits and responsibility: beside the drop zone, and behind the help button.
 */

import { find, make, setText, stamp } from "../dom.js";
import { translate } from "../i18n.js";

export function createHelpView() {
  const dialog = find("#help", HTMLDialogElement);
  find("#help-open", HTMLButtonElement).addEventListener("click", () => dialog.showModal());
  find("#help-close", HTMLButtonElement).addEventListener("click", () => dialog.close());
  /** @type {string|null} */
  let language = null;

  /** @param {import("../state.js").State} state @param {import("../i18n.js").Messages} messages */
  function render(state, messages) {
    const { engine } = state;
    setText(find("#edition", HTMLElement), engine === null ? "" : messages.edition(engine.version, engine.edition));
    if (language === state.language) return;
    language = state.language;
    // The single file has no pages beside it.
    document.querySelector("#guide-link")?.setAttribute("href", `guide/${language}/index.html`);
    for (const place of document.querySelectorAll(".guide")) {
      const content = stamp("guide-content", HTMLDivElement);
      translate(content, messages);
      const items = (/** @type {string[]} */ lines) => lines.map((line) => make("li", line));
      find(".how", HTMLOListElement, content).append(...items(messages.how));
      find(".limits", HTMLUListElement, content).append(...items(messages.limits));
      place.replaceChildren(content);
    }
  }

  return { render };
}
