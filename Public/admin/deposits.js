// Deposits: a pending one is completed or refused.
import { byID, element, moment, money, nothing, t, table } from "./ui.js";
import { act, read, send } from "./page.js";
import { accountName } from "./admin-accounts.js";

let deposits = [];

function draw() {
  if (!deposits.length) return byID("deposits").replaceChildren(nothing("noDeposits"));
  byID("deposits").replaceChildren(table(
    [t("accountName"), t("amountUSD"), t("reference"), t("entered"), t("state")],
    deposits.map((deposit) => {
      const name = accountName(deposit.accountId) ?? deposit.accountId;
      return [name, money(deposit.amount), deposit.reference ?? "", moment(deposit.createdAt),
        deposit.status === "PENDING" ? decision(deposit, name) : t("deposit" + deposit.status)];
    }), [1]));
}

// It stays so: both are asked about once more.
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
