// Deposits: a pending one is completed or refused.
import { byID, element, moment, money, nothing, t, table } from "./ui.js";
import { act, send } from "./page.js";

export function drawDeposits(deposits, accounts) {
  if (!deposits.length) return byID("deposits").replaceChildren(nothing("noDeposits"));
  const names = new Map(accounts.map((account) => [account.id, account.name]));
  byID("deposits").replaceChildren(table(
    [t("accountName"), t("amountUSD"), t("reference"), t("entered"), t("state")],
    deposits.map((deposit) => {
      const name = names.get(deposit.accountId) ?? deposit.accountId;
      return [name, money(deposit.amount, 2), deposit.reference ?? "", moment(deposit.createdAt),
        deposit.status === "PENDING" ? decision(deposit, name) : t("deposit" + deposit.status)];
    }), [1]));
}

// It stays so: both are asked about once more.
function decision(deposit, name) {
  const values = { name, amount: money(deposit.amount, 2) };
  const button = (text, style, status, question) => element("button", {
    type: "button", class: style, id: text + "-" + deposit.id, "aria-label": `${t(text)}: ${values.amount}, ${name}`,
    onclick: (event) => {
      if (confirm(t(question, values))) act(event.target, () => send("PATCH", "/admin/deposits/" + deposit.id, { status }));
    },
  }, t(text));
  return element("span", {}, button("complete", "", "COMPLETED", "reallyComplete"), " ",
    button("refuse", "plain", "REFUSED", "reallyRefuse"));
}
