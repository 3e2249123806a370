// The newest requests of the account.
import { byID, count, moment, money, nothing, t, table } from "./ui.js";

export function drawLog(log) {
  byID("log").replaceChildren(log.data.length
    ? table([t("time"), t("model"), t("input"), t("output"), t("cost"), t("ending")], log.data.map((row) => [
      moment(row.created_at), row.model, count(row.input_tokens + row.cache_read_tokens + row.cache_write_tokens), count(row.output_tokens),
      money(row.cost_usdc), row.ending,
    ]), [2, 3, 4])
    : nothing("nothingYet"));
}
