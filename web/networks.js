// @ts-check
/**
 * The worker that runs networks on tensors: onnxruntime-web, nothing else.
 *
 * Strategy: a classic script, started from a blob behind walls.js and ort.js, so it inherits the
 * page's policy and works on file:// too. The runtime and each network arrive as messages; a network
 * is compiled when it is first run. With several threads onnxruntime starts workers from this same
 * script. What to run, and what an answer means, the engine knows.
 *
 * Invariants: the walls stand before the first tensor, which is made of a person's pixels, in the
 * threads, too. Each request is answered exactly once; a failure leaves as its class name.
 */

/** @typedef {{wasm: Blob, networks: Record<string, Blob>, threads: number}} Given */
/** @typedef {{id: number, network: string, shape: number[], tensor: ArrayBuffer}} Wanted */

/** Whether this is one of onnxruntime's threads; its messages are onnxruntime's own. */
const isThread = self.name.startsWith("em-pthread");

/** @type {Record<string, Blob>} */
let models = {};

/** @type {Map<string, Promise<Ort.InferenceSession>>} */
const sessions = new Map();

/** The last inference's end: the next one waits for it. @type {Promise<void>} */
let turn = Promise.resolve();

/** @param {Given} given */
async function prepare({ wasm, networks, threads }) {
  models = networks;
  ort.env.logLevel = "error";
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.wasmBinary = await wasm.arrayBuffer();
  const [first] = Object.keys(networks);
  try {
    // It starts the runtime and its threads, too; after that nobody needs a way out.
    if (first !== undefined) await sessionOf(first);
  } finally {
    raiseWalls();
  }
}

/** @param {string} network @returns {Promise<Ort.InferenceSession>} */
function sessionOf(network) {
  let session = sessions.get(network);
  if (session === undefined) {
    session = compiled(network);
    sessions.set(network, session);
  }
  return session;
}

/** @param {string} network */
async function compiled(network) {
  const model = models[network];
  if (model === undefined) throw new ReferenceError(network);
  return ort.InferenceSession.create(new Uint8Array(await model.arrayBuffer()), {
    executionProviders: ["wasm"],
  });
}

/** @param {Wanted} wanted */
async function run({ id, network, shape, tensor }) {
  try {
    const session = await sessionOf(network);
    const input = new ort.Tensor("float32", new Float32Array(tensor), shape);
    const [inputName, outputName] = [session.inputNames[0] ?? "", session.outputNames[0] ?? ""];
    const output = (await session.run({ [inputName]: input }))[outputName];
    if (output === undefined) throw new ReferenceError(outputName);
    const exact = output.data.slice().buffer;
    output.dispose();
    postMessage({ id, shape: output.dims, tensor: exact }, [exact]);
  } catch (failure) {
    postMessage({ id, error: failure instanceof Error ? failure.name : "Error" });
  }
}

if (isThread) raiseWalls();
else {
  self.onmessage = (/** @type {MessageEvent<Given|Wanted>} */ { data }) => {
    // What fails to start says so to who runs it.
    turn = turn.then(() => ("id" in data ? run(data) : prepare(data))).catch(() => {});
  };
}
