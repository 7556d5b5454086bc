// @ts-check
/**
 * What a search found on the images of a series, as masks to propose: few, where images are alike.
 *
 * Strategy: text mostly stays where it is, so what stands at the same place on more than half of the
 * images is one mask for their series; everything else is a mask for its own image. Frames of one
 * image are put together by the engine.
 *
 * Invariants: what was found on an image is covered there by one of the masks. Only images of one
 * size share a mask. Knows no DOM and no store.
 */

/** @typedef {import("./tree.js").Leaf} Leaf */
/** @typedef {import("./protocol.js").Detected} Detected */
/** @typedef {import("./protocol.js").TextRegion} TextRegion */
/** @typedef {import("./state.js").FoundText} FoundText */
/** @typedef {{why: FoundText, of: Leaf|null, scope: import("./scope.js").Scope}} Gathered */

/** From this share of their union on, texts of two images are one: the engine's own number for frames. */
const SAME_TEXT = 0.5;
/** Texts of so many images beyond this share are for all. */
const MOST = 0.5;

/**
 * What to propose. @param {ReadonlyMap<Leaf|null, Detected>} found  by image
 * @returns {Gathered[]}
 */
export function gathered(found) {
  /** @type {Map<import("./tree.js").Series|null, [Leaf|null, Detected][]>} */
  const bySeries = new Map();
  for (const [leaf, detected] of found) {
    const series = leaf?.series ?? null;
    const seen = bySeries.get(series);
    if (seen === undefined) bySeries.set(series, [[leaf, detected]]);
    else seen.push([leaf, detected]);
  }
  return [...bySeries.values()].flatMap(inSeries);
}

/** @param {[Leaf|null, Detected][]} seen  of one series @returns {Gathered[]} */
function inSeries(seen) {
  const alone = seen.flatMap(([of, detected]) => detected.regions.map((region) => single(of, region, detected)));
  const leaves = seen[0]?.[0]?.series.leaves ?? [];
  if (seen.length < 2 || new Set(leaves.map(({ columns_px, rows_px }) => `${columns_px} ${rows_px}`)).size > 1) return alone;
  /** @type {Gathered[][]} */
  const places = [];
  for (const one of alone) {
    const place = one.why.frames === null ? places.find((others) => isSame(others.at(-1), one)) : undefined;
    if (place === undefined) places.push([one]);
    else place.push(one);
  }
  return places.flatMap((place) => {
    const images = new Set(place.map(({ of }) => of)).size;
    return images > 1 && images > seen.length * MOST ? [together(place)] : place;
  });
}

/** @param {Leaf|null} of @param {TextRegion} region @param {Detected} detected @returns {Gathered} */
function single(of, region, { modality, stays }) {
  return { why: { ...region, modality, stays }, of, scope: of !== null && of.series.leaves.length > 1 ? "image" : "series" };
}

/** One mask around all; it says the worst of them. @param {Gathered[]} place @returns {Gathered} */
function together(place) {
  const texts = place.map(({ why }) => why);
  const worst = /** @type {FoundText} */ (texts.find(({ reason }) => reason?.kind === "identifier") ?? texts.find(({ identifies }) => identifies) ?? texts[0]);
  const confidence = Math.max(...texts.map((text) => text.confidence));
  const why = { ...worst, ...around(texts), confidence, sure: texts.every(({ sure }) => sure) };
  return { why, of: place[0]?.of ?? null, scope: "series" };
}

/** @typedef {{x: number, y: number, width: number, height: number}} Rectangle */

/** @param {readonly Rectangle[]} all @returns {Rectangle} */
function around(all) {
  const [x, y] = [Math.min(...all.map((r) => r.x)), Math.min(...all.map((r) => r.y))];
  const right = Math.max(...all.map((r) => r.x + r.width));
  const bottom = Math.max(...all.map((r) => r.y + r.height));
  return { x, y, width: right - x, height: bottom - y };
}

/** @param {Gathered|undefined} one @param {Gathered} other */
function isSame(one, other) {
  if (one === undefined || one.of === other.of || one.why.frames !== null) return false;
  const [a, b] = [one.why, other.why];
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  const common = Math.max(width, 0) * Math.max(height, 0);
  return common / (a.width * a.height + b.width * b.height - common) > SAME_TEXT;
}
