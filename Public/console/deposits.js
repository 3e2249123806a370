// The account's deposits.
import { byID, moment } from "../shared/dom.js";
import { money } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { read } from "../shared/page.js";
import { nothing, table } from "../shared/tables.js";

let deposits = [];

function draw() {
  byID("deposits").replaceChildren(deposits.length
    ? table([t("created"), t("amountUSD"), t("reference"), t("state")], deposits.map((one) => [
      moment(one.createdAt), money(one.amount), one.reference ?? "", t("deposit" + one.status),
    ]), [1])
    : nothing("noDeposits"));
}

export const depositsPart = {
  views: ["account"], read: () => read("/deposits"), keep: (found) => { deposits = found.deposits; }, draw, clear: () => { deposits = []; },
};
