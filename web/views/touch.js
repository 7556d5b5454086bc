// @ts-check
/**
 * Two fingers on the image: pinch to zoom, move to pan.
 *
 * Strategy: what lies between the fingers when both are down stays between them.
 *
 * Invariants: one finger is nobody's business here; a third changes nothing.
 */

/** @typedef {{x: number, y: number, apart: number}} Pinch  the middle, and how far apart the fingers are */

/**
 * @param {HTMLElement} element
 * @param {(from: Pinch) => (to: Pinch) => void} begin  called with two fingers down; its answer with every move
 */
export function onPinch(element, begin) {
  /** @type {Map<number, PointerEvent>} */
  const down = new Map();
  /** @type {((to: Pinch) => void)|null} */
  let move = null;

  /** @returns {Pinch} */
  const pinch = () => {
    const [a, b] = down.values();
    if (a === undefined || b === undefined) throw new RangeError("not two fingers");
    const box = element.getBoundingClientRect();
    return {
      x: (a.clientX + b.clientX) / 2 - box.left,
      y: (a.clientY + b.clientY) / 2 - box.top,
      apart: Math.max(1, Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY)),
    };
  };

  element.addEventListener(
    "pointerdown",
    (event) => {
      if (event.pointerType !== "touch" || down.size === 2) return;
      down.set(event.pointerId, event);
      if (down.size === 2) move = begin(pinch());
    },
    { capture: true },
  );
  addEventListener("pointermove", (event) => {
    if (!down.has(event.pointerId)) return;
    down.set(event.pointerId, event);
    move?.(pinch());
  });
  for (const type of /** @type {const} */ (["pointerup", "pointercancel"])) {
    addEventListener(type, (event) => {
      if (down.delete(event.pointerId)) move = null;
    });
  }
}
