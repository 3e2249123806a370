// The reseller's page: what is there, what was earned, and every client key.
import { addTexts, byID } from "./ui.js";
import { start } from "./page.js";
import { alertsPart } from "./console-alerts.js";
import { balancePart } from "./console-balance.js";
import { clientKeysPart } from "./console-client-keys.js";
import { depositsPart } from "./console-deposits.js";
import { earningsPart } from "./console-earnings.js";
import { handoverPart } from "./console-handover.js";
import { keysPart } from "./console-keys.js";
import { logPart } from "./console-log.js";
import { lookPart } from "./console-look.js";
import { managementKeysPart } from "./console-management-keys.js";
import { newKeysPart } from "./console-new-keys.js";
import { vouchersPart } from "./console-vouchers.js";
import { texts } from "./texts-console.js";

addTexts(texts);

start({
  place: "tollgate-account-key", interval: 30_000, refused: { 401: "unknownKey", 403: "notAccount" },
  parts: [
    balancePart, alertsPart, handoverPart, earningsPart, clientKeysPart, keysPart, newKeysPart, vouchersPart, logPart,
    depositsPart, managementKeysPart, lookPart,
  ],
  isPaused: () => byID("edit").open,
});
