// @ts-check
/**
 * What this device can bear, said before it breaks.
 *
 * Strategy: an estimate of what step 3 and masks take at most, against a share of the memory that
 * the browser tells of.
 */

import { memoryHere } from "./pool.js";

/** @typedef {import("./protocol.js").Facts} Facts */

const GB = 2 ** 30;
/** Showing a frame and looking for text on it: several copies, some of them in eight bytes. */
const BYTES_A_PIXEL = 64;
/** Masking encoded frames holds them twice: as they were, and encoded again. */
const COPIES = 2;
/** A tab gets hardly more than this of a device's memory. */
const SHARE = 1 / 4;

/** What to say of a file on this device. @param {Facts} facts @returns {import("./protocol.js").Warning[]} */
export function limitsOf({ columns_px, rows_px, size_bytes }) {
  const pixels = columns_px * rows_px;
  if (pixels === 0) return [];
  const needed = pixels * BYTES_A_PIXEL + size_bytes * COPIES;
  const bearable = memoryHere() * GB * SHARE;
  return needed <= bearable ? [] : [{ code: "device_memory", level: "medium", data: { gigabytes: memoryHere() } }];
}
