// @ts-check
/**
 * The composition root: makes the store, the client, the session and the views, and joins them.
 *
 * Invariants: the only file that knows everyone.
 */

import { fetchAssets } from "./assets.js";
import { Client } from "./client.js";
import { languageOf, messagesOf, translate } from "./i18n.js";
import { Session } from "./session.js";
import { Store, initialState } from "./state.js";
import { createElementsView } from "./views/elements.js";
import { createFilesView } from "./views/files.js";
import { createHelpView } from "./views/help.js";
import { createKeyView } from "./views/key.js";
import { createOptionsView } from "./views/options.js";
import { createPixelsView } from "./views/pixels.js";
import { createPresetView } from "./views/preset.js";
import { createResultView } from "./views/result.js";
import { createRunView } from "./views/run.js";

/** @param {Store} store @param {Session} session @param {ReturnType<typeof createRunView>} run */
function watch(store, session, run) {
  const views = [
    run,
    createFilesView(store, session),
    createElementsView(store, session),
    createOptionsView(store, session),
    createPixelsView(store, session),
    createResultView(store, session, run.say),
    createKeyView(store, session),
    createPresetView(store, session),
    createHelpView(),
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
  const assets = fetchAssets((done, total) => {
    if (store.state.runtime === "starting") store.set({ booting: { stage: "download", done, total } });
  });
  // A part that does not arrive shows as an engine that does not start.
  assets.loaded.catch(() => {});
  const client = new Client(assets, (progress) => store.set({ booting: progress }));
  const run = createRunView(store);
  const session = new Session(client, store, (what) =>
    run.say(what(messagesOf(store.state.language).said)),
  );
  run.connect(session);
  watch(store, session, run);
}

start();
