// The smallest page on the real client: what a test asks for goes straight to the probe engine.
import { fetchAssets } from "./assets.js";
import { Client } from "./client.js";

const stages = [];
const assets = fetchAssets();
const client = new Client(assets, "a key", ({ stage }) => stages.push(stage));
const restarts = [];
client.addEventListener("restarted", ({ detail }) => restarts.push(detail));

/** The answer, or the error as data: a test compares either. */
globalThis.ask = async (type, body = {}, options = {}) => {
  try {
    return await client.request(type, body, options);
  } catch ({ code, detail }) {
    return { code, detail };
  }
};
Object.assign(globalThis, { client, assets, restarts, stages });

await client.ready;
await assets.loaded;
document.getElementById("state").textContent = "loaded";
