// The smallest page on the real engine and the real networks: what a test gives is searched.
import { fetchAssets } from "./assets.js";
import { Client } from "./client.js";
import { Detector } from "./detect.js";
import { newKey } from "./seal.js";

const assets = fetchAssets();
const client = new Client(assets, newKey());
const detector = new Detector(assets.part);
const choices = { preset: "research", overrides: [], masks: [] };

/** What is found on a file, given in base64, and how long the search took. */
globalThis.search = async (file, request) => {
  await client.request("open", { file: new File([Uint8Array.fromBase64(file)], "x.dcm"), choices });
  const start = performance.now();
  const found = await detector.detect(client, request);
  return { found, seconds: (performance.now() - start) / 1000 };
};

await client.ready;
await assets.loaded;
document.getElementById("state").textContent = "loaded";
