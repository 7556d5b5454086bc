// @ts-check
/**
 * Which of many images a mask is for: this one, its series, or all of the same device and size.
 *
 * Invariants: a mask that is meant for an image of another size is never left out silently.
 */

/** @typedef {import("./state.js").PageMask} PageMask */
/** @typedef {import("./tree.js").Leaf} Leaf */

/** @typedef {"image"|"series"|"device"} Scope */

/** @type {Scope[]} */
export const SCOPES = ["image", "series", "device"];

/** @type {Record<Scope, (of: Leaf, leaf: Leaf) => boolean>} */
const MEANT = {
  image: (of, leaf) => of === leaf,
  series: (of, leaf) => of.series === leaf.series,
  device: (of, leaf) => of.device === leaf.device,
};

/** Whether a mask is meant for an image; one without a scope is for the only file. @param {PageMask} mask @param {Leaf|null} leaf */
export function meantFor({ of, scope }, leaf) {
  return of === null || leaf === null ? of === leaf : MEANT[scope](of, leaf);
}

/** Whether it lies on an image of the same size. @param {PageMask} mask @param {Leaf|null} leaf */
function fits({ of }, leaf) {
  return of === null || leaf === null || (of.columns_px === leaf.columns_px && of.rows_px === leaf.rows_px);
}

/**
 * Masks on the image in view, and those for others.
 * @param {readonly PageMask[]} all @param {Leaf|null} leaf
 */
export function divided(all, leaf) {
  const masks = all.filter((mask) => meantFor(mask, leaf) && fits(mask, leaf));
  return { masks, elsewhere: all.filter((mask) => !masks.includes(mask)) };
}

/**
 * The ticked masks for an image, as the engine takes them, or null if one was drawn on another size.
 * @param {readonly PageMask[]} masks @param {Leaf} leaf
 * @returns {import("./protocol.js").Mask[]|null}
 */
export function masksOn(masks, leaf) {
  const meant = masks.filter((mask) => mask.applied && meantFor(mask, leaf));
  if (!meant.every((mask) => fits(mask, leaf))) return null;
  return meant
    .filter(({ frames }) => frames === null || frames[0] <= leaf.frames)
    .map(({ x, y, width, height, frames }) => {
      // A range of frames ends where this image does.
      const [first, last] = frames ?? [1, leaf.frames];
      return { x, y, width, height, frames: frames === null ? null : [first, Math.min(last, leaf.frames)] };
    });
}

/**
 * A new mask on the image in view.
 * @param {import("./state.js").State} state @param {{x: number, y: number, width: number, height: number}} rectangle
 * @returns {PageMask}
 */
export function newMask({ masks, elsewhere, batch }, rectangle) {
  const id = Math.max(0, ...[...masks, ...elsewhere].map((mask) => mask.id)) + 1;
  return { ...rectangle, frames: null, applied: true, id, of: batch?.leaf ?? null, scope: "series", why: null };
}
