// The account's log: who asked for what, at real cost.
import { byID, offer, t } from "./ui.js";
import { requestLog } from "./log.js";

const form = byID("logFilters");
const chosenKey = form.elements.subKeyId;
// Stands among the keys for the account's own.
const ownKey = "account";
const log = requestLog({
  path: "/usage-logs", filters: form, more: byID("logMore"), csv: byID("logCSV"),
  parameter: (name, value) => (name === "subKeyId" && value === ownKey ? ["accountOnly", "true"] : [name, value]),
});
// All that were ever offered, so that a choice never goes away while it is made.
const models = new Set();

export async function readLog() {
  try {
    return await log.read();
  } catch (error) {
    // The chosen key was deleted in the meantime.
    if (error.status !== 404 || !chosenKey.value) throw error;
    chosenKey.value = "";
    return log.read();
  }
}

export function keepLog(page, served) {
  for (const model of [...served, ...page.rows.map((row) => row.model)]) models.add(model);
  log.keep(page);
}

export function drawLog(keys) {
  offer(chosenKey, [["", t("allKeys")], [ownKey, t("ownKey")], ...keys.map((one) => [one.id, one.label || one.keyId])]);
  offer(form.elements.model, [["", t("allModels")], ...[...models].sort().map((model) => [model, model])]);
  log.draw();
}

export function clearLog() {
  models.clear();
  log.clear();
}

// Shows the requests of one key alone.
export function showRequests(key) {
  form.reset();
  chosenKey.value = key.id;
  log.readAgain();
  byID("logTitle").scrollIntoView();
  chosenKey.focus({ preventScroll: true });
}
