// The customer's page: balance, usage, limits and requests of one client key.
import { byID } from "../shared/dom.js";
import { addTexts, t } from "../shared/i18n.js";
import { start } from "../shared/page.js";
import { requestsPart } from "./requests.js";
import { summaryPart } from "./summary.js";
import en from "./texts.en.js";
import zh from "./texts.zh.js";
import { usagePart } from "./usage.js";
import { usePart } from "./use.js";

addTexts({ en, zh });

start({
  place: "tollgate-key", interval: 30_000, refused: { 401: "wrongKey", 403: "wrongKind" },
  parts: [summaryPart, usagePart, requestsPart, usePart],
});
byID("message").value = t("hello");
