// @ts-check
/**
 * The few things every view asks of the document.
 *
 * Invariants: what is asked for exists and is of the type asked for, or the page fails at once.
 */

/**
 * @template {Element} T
 * @param {string} selector @param {new () => T} type @param {ParentNode} [root]
 * @returns {T}
 */
export function find(selector, type, root = document) {
  const element = root.querySelector(selector);
  if (!(element instanceof type)) throw new TypeError(`no ${type.name} at ${selector}`);
  return element;
}

/**
 * A copy of the first element of a `<template>`.
 * @template {Element} T
 * @param {string} id @param {new () => T} type
 * @returns {T}
 */
export function stamp(id, type) {
  const copy = find(`template#${id}`, HTMLTemplateElement).content.firstElementChild?.cloneNode(true);
  if (!(copy instanceof type)) throw new TypeError(`no ${type.name} in template ${id}`);
  return copy;
}

/** Set a text only where it differs, so nothing is announced twice. @param {Element} element @param {string} text */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {string} text @param {string} [className]
 */
export function make(tag, text, className = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className !== "") element.className = className;
  return element;
}

/**
 * Options of a select, without touching it when they are the same already.
 * @param {HTMLSelectElement} select @param {readonly string[]} values @param {(value: string) => string} label
 */
export function setOptions(select, values, label) {
  const signature = values.map((value) => `${value}=${label(value)}`).join("|");
  if (select.dataset["signature"] === signature) return;
  select.dataset["signature"] = signature;
  select.replaceChildren(...values.map((value) => new Option(label(value), value)));
}

/** Hand a file to the person. @param {Blob} blob @param {string} name */
export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser reads the file after the click; a minute is enough to have begun.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
