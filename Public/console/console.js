// The reseller's page: balance, revenue, client keys, vouchers, requests, account.
import { byID } from "../shared/dom.js";
import { addTexts } from "../shared/i18n.js";
import { start } from "../shared/page.js";
import { alertsPart } from "./alerts.js";
import { balancePart } from "./balance.js";
import { clientKeysPart } from "./client-keys.js";
import { depositsPart } from "./deposits.js";
import { earningsPart } from "./earnings.js";
import { handoverPart } from "./handover.js";
import { keysPart } from "./keys.js";
import { logPart } from "./log.js";
import { lookPart } from "./look.js";
import { managementKeysPart } from "./management-keys.js";
import { newKeysPart } from "./new-keys.js";
import en from "./texts.en.js";
import zh from "./texts.zh.js";
import { vouchersPart } from "./vouchers.js";

addTexts({ en, zh });

start({
  place: "tollgate-account-key", interval: 30_000, refused: { 401: "unknownKey", 403: "notAccount" },
  parts: [
    balancePart, alertsPart, handoverPart, earningsPart, clientKeysPart, keysPart, newKeysPart, vouchersPart, logPart,
    depositsPart, managementKeysPart, lookPart,
  ],
  isPaused: () => byID("edit").open,
});
