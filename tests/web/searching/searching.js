// The smallest page on the real engine and the real networks: what a test gives is searched.
import { fetchAssets } from "./assets.js";
import { Client } from "./client.js";
import { Detector } from "./detect.js";
import { newKey } from "./seal.js";

const assets = fetchAssets();
const client = new Client(assets, newKey());
const detector = new Detector(assets.part);

/** What is found on a file, given in base64, and how long the search took. */
globalThis.search = async (file, request) => {
  const given = new File([Uint8Array.fromBase64(file)], "x.dcm");
  const start = performance.now();
  const found = await detector.finish(client, await client.request("detect", { file: given, ...request }));
  return { found, seconds: (performance.now() - start) / 1000 };
};

/** Run a network so many times, on nothing: only the networks' own worker is at work. */
globalThis.infer = async (network, shape, times) => {
  const step = () => ({ search: 0, done: 0, total: 0, network, shape, tensor: new ArrayBuffer(4 * shape.reduce((a, b) => a * b)) });
  const engine = { ready: null, request: async () => (times-- > 1 ? step() : {}) };
  await detector.finish(engine, step());
};

await client.ready;
await assets.loaded;
document.getElementById("state").textContent = "loaded";
