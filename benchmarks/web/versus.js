/**
 * One CT slice in this browser, anonymized by our worker and by dcmjs, in turns.
 *
 * Both begin with a File and end with a Blob to save. Ours opens the file as the page does, with the
 * table's first rows, and saves; dcmjs reads, does at every depth what our plan says of each tag, and
 * writes. dcmjs runs on the page's own thread, which spares it every message. Of many files its
 * outputs go where the page's own do: into a ZIP by zip.js, in a worker.
 */

import { Archiver } from "./archiver.js";
import { fetchAssets } from "./assets.js";
import { Client } from "./client.js";
import dcmjs from "./dcmjs.es.js";
import { download } from "./dom.js";
import { claimPlace } from "./place.js";
import { newKey } from "./seal.js";

const choices = { preset: "research", overrides: [], masks: [] };
const assets = fetchAssets();
const client = new Client(assets, newKey());
dcmjs.log.setLevel("silent");

/** @param {File} file */
async function ours(file) {
  await client.request("open", { file, choices });
  return save();
}

async function save() {
  return (await client.request("save", { choices })).blob;
}

/** @param {File} file @param {Record<string, {action: string, after: string}>} rules by tag */
async function theirBytes(file, rules) {
  const dicom = dcmjs.data.DicomMessage.readFile(await file.arrayBuffer());
  clean(dicom.dict, rules, new Map());
  dicom.meta["00020003"].Value = dicom.dict["00080018"].Value;
  return dicom.write();
}

/** @param {File} file @param {Record<string, {action: string, after: string}>} rules by tag */
async function theirs(file, rules) {
  return new Blob([await theirBytes(file, rules)], { type: "application/dicom" });
}

/** @param {Record<string, any>} level @param {Record<string, any>} rules @param {Map<string, string>} uids */
function clean(level, rules, uids) {
  for (const [tag, element] of Object.entries(level)) {
    const { action, after } = rules[tag] ?? { action: "keep", after: "" };
    if (action === "remove" || Number.parseInt(tag.slice(0, 4), 16) % 2 === 1) delete level[tag];
    else if (element.vr === "SQ") for (const item of element.Value) clean(item, rules, uids);
    else if (action === "empty") element.Value = [];
    else if (action === "uid") element.Value = element.Value.map((uid) => newUid(uid, uids));
    else if (action !== "keep") element.Value = [after];
  }
}

/** @param {string} uid @param {Map<string, string>} uids */
function newUid(uid, uids) {
  if (!uids.has(uid)) uids.set(uid, `2.25.${BigInt(`0x${crypto.randomUUID().replaceAll("-", "")}`)}`);
  return uids.get(uid);
}

/** Milliseconds of each, in turns, from the very first. @param {File} file */
globalThis.versus = async (file, rules, turns) => {
  /** @type {Record<string, number[]>} */
  const found = { ours: [], save: [], dcmjs: [] };
  for (let turn = 0; turn < turns; turn++) {
    for (const [name, run] of Object.entries({ ours, save, dcmjs: theirs })) {
      const start = performance.now();
      const blob = await run(file, rules);
      found[name]?.push(performance.now() - start);
      if (blob.size < file.size / 2) throw new Error(`${name} lost the pixels`);
    }
  }
  return found;
};

/** The page's own ZIPs, by zip.js in a worker, into the browser's private file system. */
const archiver = new Archiver(async () => {
  const [walls, zip, archive] = await Promise.all(["walls.js", "zip.js", "archive.js"].map(assets.part));
  return new Blob([walls, "raiseWalls();\n", zip, archive], { type: "text/javascript" });
});

/**
 * All files, one after the other, into one ZIP that is downloaded; milliseconds until the click.
 * Packing goes on in its worker while the next file is in work.
 */
globalThis.theirsAll = async (files, rules) => {
  const start = performance.now();
  await archiver.create({ password: null, folder: await claimPlace() });
  let packing = Promise.resolve({});
  for (const [index, file] of [...files].entries()) {
    const output = await theirBytes(file, rules);
    await packing;
    packing = archiver.add(`${index}.dcm`, output);
  }
  await packing;
  download(await archiver.finish(), "theirs.zip");
  return performance.now() - start;
};

globalThis.input = document.createElement("input");
input.type = "file";
input.multiple = true;
document.body.append(input);
await assets.loaded;
await client.ready;
document.getElementById("state").textContent = "ready";
