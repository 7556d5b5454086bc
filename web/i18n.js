// @ts-check
/**
 * Which language the page speaks, and how its fixed texts get there.
 *
 * Strategy: index.html names its texts by `data-text` (content), `data-label` (aria-label) and
 * `data-hint` (placeholder); `translate` fills them in. What holds data is asked for by views.
 *
 * Invariants: texts are set as text; a key nobody wrote shows as itself and never throws.
 */

import en from "./messages/en.js";
import ja from "./messages/ja.js";

/** @typedef {typeof import("./messages/en.js").default} Messages */
/** @typedef {"ja"|"en"} Language */

/** @type {Record<Language, Messages>} */
const LANGUAGES = { ja, en };

/** The first of the browser's languages that the page speaks. @param {readonly string[]} wanted @returns {Language} */
export function languageOf(wanted) {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split("-")[0];
    if (language === "ja" || language === "en") return language;
  }
  return "en";
}

/** @param {Language} language @returns {Messages} */
export function messagesOf(language) {
  return LANGUAGES[language];
}

/**
 * The entry of that key, or the key itself.
 * @param {Record<string, string>} table @param {string} key
 */
export function word(table, key) {
  return Object.hasOwn(table, key) ? (table[key] ?? key) : key;
}

/**
 * The sentence of a warning, or its code if nobody wrote one.
 * @param {Messages} messages @param {import("./protocol.js").Warning} warning
 */
export function warningText(messages, { code, data }) {
  const sentence = Object.hasOwn(messages.warning, code) ? messages.warning[code] : undefined;
  return sentence === undefined ? code : sentence(data);
}

/**
 * What an error code says, and how to go on.
 * @param {Messages} messages @param {string} code
 * @returns {import("./messages/en.js").Problem}
 */
export function problemText(messages, code) {
  const problem = Object.hasOwn(messages.error, code) ? messages.error[code] : undefined;
  return problem ?? { what: code, next: "" };
}

/**
 * Fill in every fixed text under `root`.
 * @param {ParentNode} root @param {Messages} messages
 */
export function translate(root, messages) {
  for (const element of root.querySelectorAll("[data-text]")) {
    element.textContent = word(messages.text, element.getAttribute("data-text") ?? "");
  }
  for (const [from, to] of [["data-label", "aria-label"], ["data-hint", "placeholder"], ["data-tip", "title"]]) {
    if (from === undefined || to === undefined) continue;
    for (const element of root.querySelectorAll(`[${from}]`)) {
      element.setAttribute(to, word(messages.text, element.getAttribute(from) ?? ""));
    }
  }
}
