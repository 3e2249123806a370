// The reseller's page: what is there, what was earned, and every client key.
import { byID } from "./ui.js";
import { hideSecret, read, start } from "./page.js";
import { drawBalance, drawEarnings } from "./console-earnings.js";
import { drawHandover, handOver } from "./console-handover.js";
import { drawKeys } from "./console-keys.js";
import { drawLog } from "./console-log.js";
import { fillLook } from "./console-look.js";
import { drawManagementKeys } from "./console-management-keys.js";
import { preview } from "./console-new-keys.js";

// What was read last; everything on the page is drawn from it.
let state = null;

start({
  place: "tollgate-account-key", interval: 30_000, refused: { 401: "unknownKey", 403: "notAccount" },
  read: () => Promise.all([
    read("/balance"), read("/sub-keys"), read("/earnings"), read("/management-keys"), state ? null : read("/brand"),
    read("/usage-logs?limit=50"),
  ]),
  keep: ([balance, { subKeys }, { days }, { managementKeys }, brand, log]) => {
    state = { balance, keys: subKeys, days, managementKeys, log };
    if (brand) fillLook(brand);
  },
  draw: () => {
    drawBalance(state.balance, state.keys);
    drawEarnings(state.days);
    drawKeys(state.keys);
    drawManagementKeys(state.managementKeys);
    drawLog(state.log);
    drawHandover();
    preview();
  },
  clear: () => {
    state = null;
    handOver([]);
    byID("edit").close();
    hideSecret();
  },
  isPaused: () => byID("edit").open,
});
