// The operator's page: accounts and their deposits, prices, the audit log, and how the gateway is doing.
import { addTexts } from "./ui.js";
import { start } from "./page.js";
import { accountsPart } from "./admin-accounts.js";
import { auditPart } from "./admin-audit.js";
import { depositsPart } from "./admin-deposits.js";
import { interruptedPart } from "./admin-interrupted.js";
import { pricesPart } from "./admin-prices.js";
import { systemPart } from "./admin-system.js";
import { texts } from "./texts-admin.js";

addTexts(texts);

start({
  place: "tollgate-admin-key", interval: 15_000, refused: { 401: "unknownKey", 403: "notAdmin" },
  parts: [systemPart, accountsPart, depositsPart, interruptedPart, pricesPart, auditPart],
});
