// Requests interrupted by a crash of the gateway.
import { byID, moment } from "../shared/dom.js";
import { money } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { read } from "../shared/page.js";
import { nothing, table } from "../shared/tables.js";

let rows = [];

export const interruptedPart = {
  views: ["system"],
  read: () => read("/admin/interrupted"),
  keep: ({ data }) => { rows = data; },
  draw: () => byID("interrupted").replaceChildren(rows.length
    ? table([t("time"), t("requestID"), t("key"), t("model"), t("cost")],
      rows.map((row) => [moment(row.created_at), row.request_id, row.key_id, row.model, money(row.cost_usdc, 4)]), [4])
    : nothing("neverInterrupted")),
  clear: () => { rows = []; },
};
