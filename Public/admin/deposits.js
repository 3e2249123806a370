// Deposits: a pending one is completed or rejected.
import { byID, element, moment } from "../shared/dom.js";
import { money } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { act, read, send } from "../shared/page.js";
import { nothing, table } from "../shared/tables.js";
import { accountName } from "./accounts.js";

let deposits = [];

function draw() {
  if (!deposits.length) return byID("deposits").replaceChildren(nothing("noDeposits"));
  byID("deposits").replaceChildren(table(
    [t("name"), t("amountUSD"), t("reference"), t("created"), t("state")],
    deposits.map((deposit) => {
      const name = accountName(deposit.accountId) ?? deposit.accountId;
      return [name, money(deposit.amount), deposit.reference ?? "", moment(deposit.createdAt),
        deposit.status === "PENDING" ? decision(deposit, name) : t("deposit" + deposit.status)];
    }), [1]));
}

// Final, so both are confirmed.
function decision(deposit, name) {
  const values = { name, amount: money(deposit.amount) };
  const button = (text, style, status, question) => element("button", {
    type: "button", class: style, id: text + "-" + deposit.id, "aria-label": `${t(text)}: ${values.amount}, ${name}`,
    onclick: (event) => {
      if (confirm(t(question, values))) act(event.target, () => send("PATCH", "/admin/deposits/" + deposit.id, { status }));
    },
  }, t(text));
  return element("span", {}, button("complete", "", "COMPLETED", "reallyComplete"), " ",
    button("refuse", "plain", "REFUSED", "reallyRefuse"));
}

export const depositsPart = {
  views: ["accounts"], read: () => read("/admin/deposits"), keep: (found) => { deposits = found.deposits; }, draw, clear: () => { deposits = []; },
};
