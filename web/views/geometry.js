// @ts-check
/**
 * Rectangles in image pixels: moving, resizing, and what lies outside of regions.
 *
 * Invariants: every rectangle that leaves here has whole numbers, lies inside the image and is at
 * least one pixel wide and high.
 */

/** @typedef {{x: number, y: number, width: number, height: number}} Rectangle */
/** @typedef {{width: number, height: number}} Size */

/** @param {number} value @param {number} low @param {number} high */
export const clamp = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));

/** Keep the size, move it inside. @param {Rectangle} r @param {Size} image @returns {Rectangle} */
export function inside({ x, y, width, height }, image) {
  const w = clamp(Math.round(width) || 1, 1, image.width);
  const h = clamp(Math.round(height) || 1, 1, image.height);
  return {
    x: clamp(Math.round(x) || 0, 0, image.width - w),
    y: clamp(Math.round(y) || 0, 0, image.height - h),
    width: w,
    height: h,
  };
}

/** Between two corners, in any order; cut at the image's edge. @param {number[]} a @param {number[]} b @param {Size} image */
export function between([ax = 0, ay = 0], [bx = 0, by = 0], image) {
  const x0 = clamp(Math.floor(Math.min(ax, bx)), 0, image.width - 1);
  const y0 = clamp(Math.floor(Math.min(ay, by)), 0, image.height - 1);
  const x1 = clamp(Math.ceil(Math.max(ax, bx)), x0 + 1, image.width);
  const y1 = clamp(Math.ceil(Math.max(ay, by)), y0 + 1, image.height);
  return { x: x0, y: y0, width: x1 - x0, height: y1 - y0 };
}

/**
 * Drag one handle, named by compass point ("nw", "e", ...), by some pixels.
 * @param {Rectangle} r @param {string} handle @param {number} dx @param {number} dy @param {Size} image
 */
export function resize({ x, y, width, height }, handle, dx, dy, image) {
  [dx, dy] = [Math.round(dx), Math.round(dy)];
  const west = x + (handle.includes("w") ? dx : 0);
  const east = x + width + (handle.includes("e") ? dx : 0);
  const north = y + (handle.includes("n") ? dy : 0);
  const south = y + height + (handle.includes("s") ? dy : 0);
  return between([west, north], [east, south], image);
}

/**
 * Rectangles that cover all of the image but the regions.
 *
 * Cuts the image into bands at every upper and lower edge, takes what no region covers in each,
 * and joins equal neighbours.
 * @param {readonly Rectangle[]} regions @param {Size} image
 * @returns {Rectangle[]}
 */
export function outside(regions, image) {
  const edges = [0, image.height, ...regions.flatMap(({ y, height }) => [y, y + height])];
  const cuts = [...new Set(edges.map((edge) => clamp(edge, 0, image.height)))].sort((a, b) => a - b);
  /** @type {Rectangle[]} */
  const found = [];
  cuts.slice(1).forEach((bottom, i) => {
    const top = cuts[i] ?? 0;
    const across = regions.filter(({ y, height }) => y < bottom && y + height > top);
    for (const [x, right] of gaps(across, image.width)) {
      const above = found.find((r) => r.x === x && r.width === right - x && r.y + r.height === top);
      if (above) above.height += bottom - top;
      else found.push({ x, y: top, width: right - x, height: bottom - top });
    }
  });
  return found;
}

/** The spans of a line that no region covers. @param {readonly Rectangle[]} regions @param {number} width */
function gaps(regions, width) {
  /** @type {[number, number][]} */
  const spans = [];
  let from = 0;
  for (const region of [...regions].sort((a, b) => a.x - b.x)) {
    if (region.x > from) spans.push([from, Math.min(region.x, width)]);
    from = Math.max(from, region.x + region.width);
  }
  if (from < width) spans.push([from, width]);
  return spans.filter(([start, stop]) => stop > start);
}
