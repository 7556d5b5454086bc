// @ts-check
/**
 * The composition root: makes the store, the client, the session and the views, and joins them.
 *
 * Invariants: the only file that knows everyone.
 */

import { Archiver } from "./archiver.js";
import { fetchAssets } from "./assets.js";
import { Many } from "./batch.js";
import { Client } from "./client.js";
import { Detector } from "./detect.js";
import { History } from "./history.js";
import { languageOf, messagesOf, translate } from "./i18n.js";
import { claimPlace, emptyPlace } from "./place.js";
import { Pool, enginesHere } from "./pool.js";
import { Proposals } from "./proposals.js";
import { newKey } from "./seal.js";
import { Session } from "./session.js";
import { Store, initialState } from "./state.js";
import { createDeliverView } from "./views/deliver.js";
import { createDistinctView } from "./views/distinct.js";
import { createElementsView } from "./views/elements.js";
import { createFindView } from "./views/find.js";
import { createFilesView } from "./views/files.js";
import { createForgetView } from "./views/forget.js";
import { createHelpView } from "./views/help.js";
import { createKeyView } from "./views/key.js";
import { createKeyboardView } from "./views/keyboard.js";
import { createOptionsView } from "./views/options.js";
import { createPixelsView } from "./views/pixels.js";
import { createPresetView } from "./views/preset.js";
import { createPrintView } from "./views/print.js";
import { createResultView } from "./views/result.js";
import { createRunView } from "./views/run.js";
import { createSliderView } from "./views/slider.js";
import { createTemplatesView } from "./views/templates.js";
import { createTreeView } from "./views/tree.js";
import { createUpdateView } from "./views/update.js";
import { createVerdictView } from "./views/verdict.js";

/**
 * @typedef {object} Parts
 * @property {Store} store
 * @property {Session} session
 * @property {Many} many
 * @property {Archiver} archiver
 * @property {Proposals} proposals
 * @property {Promise<string|null>} place
 * @property {() => Promise<File>} sample
 * @property {ReturnType<typeof createRunView>} run
 * @property {(what: (said: import("./i18n.js").Messages["said"]) => string) => void} say
 */

/** @param {Parts} parts */
function watch({ store, session, many, archiver, proposals, place, sample, run, say }) {
  const deliver = createDeliverView(store, session, many, archiver, place);
  const verdict = createVerdictView(store, session, deliver.open);
  const history = new History((chosen) => session.restore(chosen), (what) => run.say(what(messagesOf(store.state.language))));
  const forget = async () => {
    many.forget();
    proposals.forget();
    session.forget();
    await emptyPlace(await place);
  };
  const views = [
    run,
    createFilesView(store, many, sample),
    createTreeView(store, many),
    createElementsView(store, session),
    createOptionsView(store, session),
    createDistinctView(store, session, many),
    createPixelsView(store, session),
    createFindView(store, proposals),
    createTemplatesView(proposals),
    createSliderView(store),
    createResultView(store, session, run.say, deliver.open, verdict.open),
    verdict,
    deliver,
    createKeyView(store, session),
    createPresetView(store, session),
    createForgetView(store, forget, say),
    createHelpView(),
    createPrintView(store),
    createKeyboardView(store, history),
  ];
  /** @type {import("./i18n.js").Language|null} */
  let language = null;
  /** @param {import("./state.js").State} state */
  const render = (state) => {
    const messages = messagesOf(state.language);
    if (language !== state.language) {
      language = state.language;
      document.documentElement.lang = language;
      document.title = messages.text.title;
      translate(document, messages);
    }
    for (const view of views) view.render(state, messages);
  };
  store.watch(render);
  render(store.state);
}

function start() {
  const store = new Store(initialState(languageOf(navigator.languages)));
  /** @type {PromiseWithResolvers<unknown>} */
  const started = Promise.withResolvers();
  const assets = fetchAssets((done, total) => {
    if (store.state.runtime === "starting") store.set({ booting: { stage: "download", done, total } });
  }, started.promise);
  // A part that does not arrive shows as an engine that does not start.
  assets.loaded.catch(() => {});
  const client = new Client(assets, newKey(), (progress) => store.set({ booting: progress }));
  started.resolve(client.ready);
  const pool = new Pool(client, () => new Client(assets, client.key), enginesHere());
  const archiver = new Archiver(() => archiveScript(assets));
  const run = createRunView(store);
  /** @param {(said: import("./i18n.js").Messages["said"]) => string} what */
  const say = (what) => run.say(what(messagesOf(store.state.language).said));
  const detector = new Detector(assets.part);
  const session = new Session(client, detector, store, say);
  const many = new Many(store, session, pool, archiver, detector, say);
  const proposals = new Proposals(client, detector, store, session, say);
  run.connect(session, many);
  // Without all its files the page has nothing to keep.
  createUpdateView(assets.offline).catch(() => {});
  watch({ store, session, many, archiver, proposals, place: claimPlace(), sample: () => sampleFile(assets), run, say });
  // For those who measure: from here on a dropped file is taken.
  performance.mark("accepting");
}

/** A made-up patient, to try the page with. @param {import("./assets.js").Assets} assets */
async function sampleFile({ part }) {
  return new File([await part("sample.dcm")], "sample.dcm");
}

/** The worker for ZIPs. @param {import("./assets.js").Assets} assets */
async function archiveScript({ part }) {
  const [walls, zip, archive] = await Promise.all(["walls.js", "zip.js", "archive.js"].map(part));
  // zip.js keeps the functions it finds when it starts, so the walls stand before it.
  return new Blob([walls ?? "", "raiseWalls();\n", zip ?? "", archive ?? ""], { type: "text/javascript" });
}

start();
