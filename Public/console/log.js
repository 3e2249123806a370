// The account's log: who asked for what, at real cost.
import { byID, offer, t } from "./ui.js";
import { requestLog } from "./log.js";
import { read } from "./page.js";
import { goTo } from "./views.js";
import { clientKeys } from "./console-client-keys.js";

const form = byID("logFilters");
const chosenKey = form.elements.subKeyId;
// Stands among the keys for the account's own.
const ownKey = "account";
const log = requestLog({
  path: "/usage-logs", filters: form, more: byID("logMore"), csv: byID("logCSV"),
  parameter: (name, value) => (name === "subKeyId" && value === ownKey ? ["accountOnly", "true"] : [name, value]),
  keyName: ({ key_id }) => clientKeys()?.find((one) => one.keyId === key_id)?.label || (key_id.startsWith("sk-tga-") ? t("ownKey") : key_id),
});
// All that were ever offered, so that a choice never goes away while it is made.
const models = new Set();
let served = null;

async function readLog() {
  try {
    return await log.read();
  } catch (error) {
    // The chosen key was deleted in the meantime.
    if (error.status !== 404 || !chosenKey.value) throw error;
    chosenKey.value = "";
    return log.read();
  }
}

const offerKeys = () =>
  offer(chosenKey, [["", t("allKeys")], [ownKey, t("ownKey")], ...(clientKeys() ?? []).map((one) => [one.id, one.label || one.keyId])]);

export const logPart = {
  views: ["requests"],
  // The list of models fails where the upstream is away: the page goes on without it.
  read: () => Promise.all([
    readLog(), served?.length ? served : read("/v1/models").then((answer) => answer.data.map((model) => model.id), () => []),
  ]),
  keep: ([page, names]) => {
    served = names;
    for (const model of [...served, ...page.rows.map((row) => row.model)]) models.add(model);
    log.keep(page);
  },
  draw: () => {
    offerKeys();
    offer(form.elements.model, [["", t("allModels")], ...[...models].sort().map((model) => [model, model])]);
    log.draw();
  },
  clear: () => {
    served = null;
    models.clear();
    log.clear();
  },
};

// Shows the requests of one key alone.
export function showRequests(key) {
  form.reset();
  offerKeys();
  chosenKey.value = key.id;
  goTo("requests");
  log.readAgain();
  chosenKey.focus();
}
