/**
 * One CT slice in this browser, anonymized by our worker and by dcmjs, in turns.
 *
 * Both begin with a File and end with the output's bytes in memory. Ours opens the file as the
 * page does, with the table's first rows, and saves; dcmjs reads, does at every depth what our plan
 * says of each tag, and writes. dcmjs runs on the page's own thread, which spares it every message.
 */

import { fetchAssets } from "./assets.js";
import { Client } from "./client.js";
import dcmjs from "./dcmjs.es.js";

const choices = { preset: "research", overrides: [], masks: [] };
const assets = fetchAssets();
const client = new Client(assets);
dcmjs.log.setLevel("silent");

/** @param {File} file */
async function ours(file) {
  await client.request("open", { file, choices });
  const { blob } = await client.request("save", { choices });
  return blob.arrayBuffer();
}

/** @param {File} file @param {Record<string, {action: string, after: string}>} rules by tag */
async function theirs(file, rules) {
  const dicom = dcmjs.data.DicomMessage.readFile(await file.arrayBuffer());
  clean(dicom.dict, rules, new Map());
  dicom.meta["00020003"].Value = dicom.dict["00080018"].Value;
  return dicom.write();
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

/** Milliseconds of each, in turns. @param {File} file */
globalThis.versus = async (file, rules, turns) => {
  const found = { ours: [], dcmjs: [] };
  for (let turn = -3; turn < turns; turn++) {
    for (const [name, run] of [["ours", ours], ["dcmjs", theirs]]) {
      const start = performance.now();
      const bytes = await run(file, rules);
      const took = performance.now() - start;
      if (bytes.byteLength < file.size / 2) throw new Error(`${name} lost the pixels`);
      // The first turns warm both up.
      if (turn >= 0) found[name].push(took);
    }
  }
  return found;
};

globalThis.input = document.createElement("input");
input.type = "file";
document.body.append(input);
await assets.loaded;
await client.ready;
document.getElementById("state").textContent = "ready";
