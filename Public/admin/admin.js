// The operator's page: accounts and deposits, system status, prices, audit log.
import { addTexts } from "../shared/i18n.js";
import { start } from "../shared/page.js";
import { accountsPart } from "./accounts.js";
import { auditPart } from "./audit.js";
import { depositsPart } from "./deposits.js";
import { interruptedPart } from "./interrupted.js";
import { pricesPart } from "./prices.js";
import { requestPart } from "./request.js";
import { systemPart } from "./system.js";
import en from "./texts.en.js";
import zh from "./texts.zh.js";

addTexts({ en, zh });

start({
  place: "tollgate-admin-key", interval: 15_000, refused: { 401: "unknownKey", 403: "notAdmin" },
  parts: [systemPart, accountsPart, depositsPart, interruptedPart, requestPart, pricesPart, auditPart],
});
