// @ts-check
/**
 * One pointer, from down to up.
 *
 * Invariants: other pointers (a second finger) change nothing; what was begun is always ended.
 */

/**
 * Follow one pointer until it is let go.
 * @param {HTMLElement} element @param {PointerEvent} start
 * @param {(dx: number, dy: number) => void} onMove @param {() => void} [onEnd]
 */
export function drag(element, start, onMove, onEnd = () => {}) {
  start.preventDefault();
  element.setPointerCapture(start.pointerId);
  const end = new AbortController();
  const { signal } = end;
  const mine = (/** @type {PointerEvent} */ event) => event.pointerId === start.pointerId;
  element.addEventListener(
    "pointermove",
    (event) => mine(event) && onMove(event.clientX - start.clientX, event.clientY - start.clientY),
    { signal },
  );
  for (const type of /** @type {const} */ (["pointerup", "pointercancel"])) {
    element.addEventListener(
      type,
      (event) => {
        if (!mine(event)) return;
        end.abort();
        onEnd();
      },
      { signal },
    );
  }
}
