// The account's requests, at real cost.
import { byID, offer } from "../shared/dom.js";
import { explanation } from "../shared/explanation.js";
import { t } from "../shared/i18n.js";
import { requestLog } from "../shared/log.js";
import { read } from "../shared/page.js";
import { goTo } from "../shared/views.js";
import { clientKeys } from "./client-keys.js";

const form = byID("logFilters");
const chosenKey = form.elements.subKeyId;
// Value of the option for the account's own key.
const ownKey = "account";
const log = requestLog({
  path: "/usage-logs", filters: form, more: byID("logMore"), csv: byID("logCSV"), explain: explanation,
  parameter: (name, value) => (name === "subKeyId" && value === ownKey ? ["accountOnly", "true"] : [name, value]),
  keyName: ({ key_id }) => clientKeys()?.find((one) => one.keyId === key_id)?.label || (key_id.startsWith("sk-tga-") ? t("ownKey") : key_id),
});
// Every model offered so far, so that a chosen one stays.
const models = new Set();
let served = null;

async function readLog() {
  try {
    return await log.read();
  } catch (error) {
    // The chosen key was deleted meanwhile.
    if (error.status !== 404 || !chosenKey.value) throw error;
    chosenKey.value = "";
    return log.read();
  }
}

const offerKeys = () =>
  offer(chosenKey, [["", t("allKeys")], [ownKey, t("ownKey")], ...(clientKeys() ?? []).map((one) => [one.id, one.label || one.keyId])]);

export const logPart = {
  views: ["requests"],
  // The list of models fails if the upstream is unreachable: the page works without it.
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

// Shows the requests of one key.
export function showRequests(key) {
  form.reset();
  offerKeys();
  chosenKey.value = key.id;
  goTo("requests");
  log.readAgain();
  chosenKey.focus();
}
