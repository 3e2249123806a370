// The reseller's page: what is there, what was earned, and every client key.
import { addTexts, byID } from "./ui.js";
import { hideSecret, read, start } from "./page.js";
import { drawAlerts, fillAlerts } from "./console-alerts.js";
import { drawDeposits } from "./console-deposits.js";
import { drawBalance, drawEarnings, earningsPath } from "./console-earnings.js";
import { drawHandover, handOver } from "./console-handover.js";
import { drawKeys } from "./console-keys.js";
import { clearLog, drawLog, keepLog, readLog } from "./console-log.js";
import { fillLook } from "./console-look.js";
import { drawManagementKeys } from "./console-management-keys.js";
import { preview } from "./console-new-keys.js";
import { clearVouchers, drawVouchers, keepVouchers, readVouchers } from "./console-vouchers.js";
import { texts } from "./texts-console.js";

addTexts(texts);

// What was read last; everything on the page is drawn from it.
let state = null;

const modelNames = (answer) => answer.data.map((model) => model.id);

start({
  place: "tollgate-account-key", interval: 30_000, refused: { 401: "unknownKey", 403: "notAccount" },
  // The list of models fails where the upstream is away: the page goes on without it.
  read: () => Promise.all([
    read("/balance"), read("/sub-keys"), read(earningsPath()), read("/management-keys"), state ? null : read("/brand"), readLog(),
    state?.models.length ? state.models : read("/v1/models").then(modelNames, () => []),
    readVouchers(), read("/deposits"), read("/alerts"),
  ]),
  keep: ([balance, { subKeys }, earnings, { managementKeys }, brand, log, models, vouchers, { deposits }, alerts]) => {
    if (!state) fillAlerts(alerts);
    if (brand) fillLook(brand);
    state = { balance, keys: subKeys, earnings, managementKeys, models, deposits, alerts };
    keepLog(log, models);
    keepVouchers(vouchers);
  },
  draw: () => {
    drawBalance(state.balance, state.keys);
    drawAlerts(state.alerts);
    drawEarnings(state.earnings);
    drawKeys(state.keys);
    drawVouchers();
    drawDeposits(state.deposits);
    drawManagementKeys(state.managementKeys);
    drawLog(state.keys);
    drawHandover();
    preview();
  },
  clear: () => {
    state = null;
    handOver([]);
    clearLog();
    clearVouchers();
    byID("edit").close();
    hideSecret();
  },
  isPaused: () => byID("edit").open,
});
