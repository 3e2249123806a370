// The operator's page: accounts and their deposits, prices, the audit log, and how the gateway is doing.
import { addTexts } from "./ui.js";
import { hideSecret, read, start } from "./page.js";
import { clearAccounts, drawAccounts } from "./admin-accounts.js";
import { clearAudit, drawAudit, drawInterrupted, readAudit } from "./admin-audit.js";
import { drawDeposits } from "./admin-deposits.js";
import { drawPrices } from "./admin-prices.js";
import { clearSystem, drawSystem } from "./admin-system.js";
import { texts } from "./texts-admin.js";

addTexts(texts);

// What was read last; everything on the page is drawn from it.
let state = null;

start({
  place: "tollgate-admin-key", interval: 15_000, refused: { 401: "unknownKey", 403: "notAdmin" },
  read: () => Promise.all([
    read("/admin/status"), read("/admin/accounts"), read("/admin/deposits"), read("/admin/prices"), readAudit(),
    read("/admin/interrupted"),
  ]),
  keep: ([status, { accounts }, { deposits }, prices, audit, interrupted]) => {
    state = { status, accounts, deposits, prices, audit, interrupted: interrupted.data };
  },
  draw: () => {
    drawSystem(state.status);
    drawAccounts(state.accounts);
    drawDeposits(state.deposits, state.accounts);
    drawPrices(state.prices);
    drawAudit(state.audit, state.accounts);
    drawInterrupted(state.interrupted);
  },
  clear: () => {
    state = null;
    clearSystem();
    clearAccounts();
    clearAudit();
    hideSecret();
  },
});
