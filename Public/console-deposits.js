// What came in.
import { byID, moment, money, nothing, t, table } from "./ui.js";

export function drawDeposits(deposits) {
  byID("deposits").replaceChildren(deposits.length
    ? table([t("entered"), t("amountUSD"), t("reference"), t("state")], deposits.map((one) => [
      moment(one.createdAt), money(one.amount, 2), one.reference ?? "", t("deposit" + one.status),
    ]), [1])
    : nothing("noDeposits"));
}
