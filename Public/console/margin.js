// @ts-check
// The profit on a key or voucher, shown while the amounts are entered.
import { decimal, money, percent } from "../shared/format.js";
import { t } from "../shared/i18n.js";

/**
 * Returns a sentence, or an empty text if an amount is missing.
 * @param {number} shown The client's budget, in USD.
 * @param {number} cost The reseller's cost at most, in USD.
 */
export function margin(shown, cost) {
  if (!(shown > 0 && cost > 0)) return "";
  if (shown < cost) return t("tooCheap");
  return t("preview", { factor: decimal(shown / cost), margin: percent((shown - cost) / shown), profit: money(shown - cost) });
}
