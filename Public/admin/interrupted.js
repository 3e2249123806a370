// The requests that a crash of the gateway interrupted.
import { byID, moment, money, nothing, t, table } from "./ui.js";
import { read } from "./page.js";

let rows = [];

export const interruptedPart = {
  views: ["system"],
  read: () => read("/admin/interrupted"),
  keep: ({ data }) => { rows = data; },
  draw: () => byID("interrupted").replaceChildren(rows.length
    ? table([t("time"), t("requestID"), t("yourKey"), t("model"), t("cost")],
      rows.map((row) => [moment(row.created_at), row.request_id, row.key_id, row.model, money(row.cost_usdc, 4)]), [4])
    : nothing("neverInterrupted")),
  clear: () => { rows = []; },
};
