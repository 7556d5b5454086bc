// @ts-check
/**
 * Step 3, masks by device: what templates propose, the person's own, and a file to keep.
 *
 * Invariants: a template masks only what a person accepts with a click.
 */

import { download, find, make, setText } from "../dom.js";

/** @typedef {import("../state.js").State} State */
/** @typedef {import("../i18n.js").Messages} Messages */

/** @param {import("../proposals.js").Proposals} proposals */
export function createTemplatesView(proposals) {
  const list = find("#template-list", HTMLUListElement);
  const input = find("#template-input", HTMLInputElement);
  const remember = find("#template-save", HTMLButtonElement);
  /** @type {unknown[]} */
  let shown = [];
  let name = "";

  find("#template-load", HTMLButtonElement).addEventListener("click", () => input.click());
  input.addEventListener("change", async () => {
    const file = input.files?.[0];
    input.value = "";
    if (file) await proposals.load(await file.text());
  });
  remember.addEventListener("click", async () => {
    const text = await proposals.remember(name);
    if (text !== null) download(new Blob([text], { type: "application/json" }), "mask-templates.json");
  });

  /** @param {import("../protocol.js").Template} template @param {Messages} messages */
  const itemOf = (template, messages) => {
    const item = make("li", "", "template");
    const use = make("button", messages.template_use(template.regions.length), "small");
    use.type = "button";
    use.setAttribute("aria-label", messages.template_use_of(template.name, template.regions.length));
    use.addEventListener("click", () => proposals.use(template));
    item.append(make("bdi", template.name), make("p", messages.template_why(template.source), "fine"), use);
    return item;
  };

  /** @param {State} state @param {Messages} messages */
  const render = (state, messages) => {
    const { opened, templates, masks, language } = state;
    if (state.main !== 3 || !opened?.pixels?.maskable) return;
    void proposals.match();
    name = messages.template_name(opened.facts.columns_px, opened.facts.rows_px);
    remember.disabled = !masks.some(({ applied }) => applied);
    const hasAny = templates.length > 0 || opened.pixels.regions.length > 0;
    setText(find("#no-templates", HTMLElement), hasAny ? "" : messages.text.no_templates);
    find("#template-outside", HTMLElement).hidden = opened.pixels.regions.length === 0;
    if (shown[0] === templates && shown[1] === language) return;
    shown = [templates, language];
    list.replaceChildren(...templates.map((template) => itemOf(template, messages)));
  };
  return { render };
}
