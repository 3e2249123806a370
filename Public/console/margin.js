// What is earned with something that is sold for more than it costs, told while the amounts are entered.
import { decimal, money, percent, t } from "./ui.js";

export function margin(shown, cost) {
  if (!(shown > 0 && cost > 0)) return "";
  if (shown < cost) return t("tooCheap");
  return t("preview", { factor: decimal(shown / cost), margin: percent((shown - cost) / shown), profit: money(shown - cost) });
}
