// @ts-check
/**
 * One pointer, from down to up.
 *
 * Invariants: what was begun is always ended. A second finger makes it a gesture of two, and what
 * the first began is given up.
 */

/**
 * Follow one pointer until it is let go.
 * @param {HTMLElement} element @param {PointerEvent} start
 * @param {(dx: number, dy: number) => void} onMove
 * @param {(completed: boolean) => void} [onEnd]  false: given up
 */
export function drag(element, start, onMove, onEnd = () => {}) {
  start.preventDefault();
  element.setPointerCapture(start.pointerId);
  const over = new AbortController();
  const { signal } = over;
  const isMine = (/** @type {PointerEvent} */ event) => event.pointerId === start.pointerId;
  const end = (/** @type {boolean} */ completed) => {
    over.abort();
    onEnd(completed);
  };
  element.addEventListener(
    "pointermove",
    (event) => isMine(event) && onMove(event.clientX - start.clientX, event.clientY - start.clientY),
    { signal },
  );
  element.addEventListener("pointerup", (event) => isMine(event) && end(true), { signal });
  element.addEventListener("pointercancel", (event) => isMine(event) && end(false), { signal });
  addEventListener("pointerdown", (event) => event.pointerType === "touch" && !isMine(event) && end(false), { signal, capture: true });
}
