// The key's requests.
import { byID, offer } from "../shared/dom.js";
import { t } from "../shared/i18n.js";
import { requestLog } from "../shared/log.js";
import { usedModels } from "./usage.js";

const log = requestLog({ path: "/sub-key/usage-logs", filters: byID("filters"), more: byID("more"), csv: byID("csv") });

export const requestsPart = {
  ...log,
  views: ["requests"],
  draw: () => {
    offer(byID("model"), [["", t("allModels")], ...usedModels().map((name) => [name, name])]);
    log.draw();
  },
};
