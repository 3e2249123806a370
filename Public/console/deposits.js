// What came in.
import { byID, moment, money, nothing, t, table } from "./ui.js";
import { read } from "./page.js";

let deposits = [];

function draw() {
  byID("deposits").replaceChildren(deposits.length
    ? table([t("entered"), t("amountUSD"), t("reference"), t("state")], deposits.map((one) => [
      moment(one.createdAt), money(one.amount), one.reference ?? "", t("deposit" + one.status),
    ]), [1])
    : nothing("noDeposits"));
}

export const depositsPart = {
  views: ["account"], read: () => read("/deposits"), keep: (found) => { deposits = found.deposits; }, draw, clear: () => { deposits = []; },
};
