// @ts-check
/**
 * Key files and their sealing by a passphrase, with nothing but Web Crypto.
 *
 * Strategy: PBKDF2-HMAC-SHA-256 makes a key of the passphrase, AES-256-GCM seals the text; the form
 * is the one of `policy/seal.py`, so each opens what the other sealed.
 *
 * Invariants: the same passphrase, typed on any keyboard, is the same bytes (NFKC, UTF-8). The form's
 * name is authenticated with the text. What goes wrong is an error with a code and nothing of the text.
 */

const FORM = "dicomanon-sealed-1";
const KEY_FORM = "dicomanon-key-1";
const KDF = "PBKDF2-HMAC-SHA-256";
const CIPHER = "AES-256-GCM";
const ITERATIONS = 600_000;
const MAX_ITERATIONS = 10_000_000;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SECRET_BYTES = 32;
export const PASSPHRASE_CHARS = 8;

/** What cannot be sealed or opened; code is a key of Messages.error. */
export class SealError extends Error {
  /** @param {"insecure"|"key_passphrase"|"passphrase"|"sealed"} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** Whether a file's text says that it is sealed. @param {string} content */
export function isSealed(content) {
  try {
    return JSON.parse(content)?.form === FORM;
  } catch {
    // Not JSON: then it is not ours, and whoever reads it next says so.
    return false;
  }
}

/** A new key file's text. */
export function newKey() {
  const secret = [...crypto.getRandomValues(new Uint8Array(SECRET_BYTES))];
  const hex = secret.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${JSON.stringify({ form: KEY_FORM, secret: hex }, null, 1)}\n`;
}

/** A sealed file's text. @param {string} text @param {string} passphrase */
export async function seal(text, passphrase) {
  if ([...passphrase.normalize("NFKC")].length < PASSPHRASE_CHARS) throw new SealError("passphrase");
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const key = await derived(passphrase, salt, ITERATIONS, "encrypt");
  const sealed = await subtle().encrypt(gcm(nonce), key, new TextEncoder().encode(text));
  const content = {
    form: FORM, kdf: KDF, iterations: ITERATIONS, salt: base64(salt),
    cipher: CIPHER, nonce: base64(nonce), text: base64(new Uint8Array(sealed)),
  };
  return `${JSON.stringify(content, null, 1)}\n`;
}

/** The text in a sealed file. @param {string} content @param {string} passphrase */
export async function unseal(content, passphrase) {
  const { iterations, salt, nonce, text } = parsed(content);
  const key = await derived(passphrase, salt, iterations, "decrypt");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await subtle().decrypt(gcm(nonce), key, text));
  } catch {
    // Web Crypto does not tell a wrong passphrase from a changed file either.
    throw new SealError("key_passphrase");
  }
}

function subtle() {
  // Browsers have it on https, on this machine and in local files only.
  if (crypto.subtle === undefined) throw new SealError("insecure");
  return crypto.subtle;
}

/** @param {string} content */
function parsed(content) {
  try {
    const { form, kdf, cipher, iterations, ...coded } = JSON.parse(content);
    const [salt, nonce, text] = [bytes(coded.salt), bytes(coded.nonce), bytes(coded.text)];
    const known = form === FORM && kdf === KDF && cipher === CIPHER;
    const sizes = salt.length >= SALT_BYTES && nonce.length === NONCE_BYTES && text.length >= TAG_BYTES;
    const counted = Number.isInteger(iterations) && iterations >= ITERATIONS && iterations <= MAX_ITERATIONS;
    if (known && sizes && counted) return { iterations, salt, nonce, text };
  } catch {
    // Said below, as of every other file that is not ours.
  }
  throw new SealError("sealed");
}

/**
 * @param {string} passphrase @param {Uint8Array<ArrayBuffer>} salt @param {number} iterations
 * @param {"encrypt"|"decrypt"} use
 */
async function derived(passphrase, salt, iterations, use) {
  const raw = new TextEncoder().encode(passphrase.normalize("NFKC"));
  const material = await subtle().importKey("raw", raw, "PBKDF2", false, ["deriveKey"]);
  const kdf = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return subtle().deriveKey(kdf, material, { name: "AES-GCM", length: 256 }, false, [use]);
}

/** @param {Uint8Array<ArrayBuffer>} nonce */
function gcm(nonce) {
  return { name: "AES-GCM", iv: nonce, additionalData: new TextEncoder().encode(FORM), tagLength: 8 * TAG_BYTES };
}

/** @param {Uint8Array} raw */
function base64(raw) {
  return btoa(String.fromCharCode(...raw));
}

/** @param {string} text @returns {Uint8Array<ArrayBuffer>} */
function bytes(text) {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
