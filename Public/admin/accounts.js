// Accounts: created, topped up, given a new key.
import { byID, element, moment } from "../shared/dom.js";
import { money } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { act, ask, read, send, showSecret, tellIn } from "../shared/page.js";
import { nothing, table } from "../shared/tables.js";

let accounts = [];
// The account whose top-up form is open: it stays when the page refreshes.
let toppingUp = null;

const dollars = (text) => money(Number(text), 4);

// Opened by the first click; the second one adds the deposit.
function topUpForm(account) {
  const amount = element("input", { type: "number", min: "0.000000001", max: "10000000", step: "any", required: true, id: "amount", name: "amount" });
  const reference = element("input", { maxlength: "200", id: "reference", name: "reference" });
  const button = element("button", { type: "submit" }, t("addDeposit"));
  const form = element("form", { class: "filters" },
    element("label", {}, element("span", {}, t("amountUSD")), amount),
    element("label", {}, element("span", {}, t("reference")), reference), button,
    element("button", { type: "button", class: "plain", onclick: () => { toppingUp = null; drawTable(); } }, t("cancel")));
  // The same idempotency key for each attempt: a call whose response was lost is not booked twice.
  const name = "top-up-" + crypto.getRandomValues(new BigUint64Array(2)).join("-");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act(button, async () => {
      const body = { amount: Number(amount.value), ...(reference.value ? { reference: reference.value } : {}) };
      await ask(`/admin/accounts/${account.id}/deposits`, { method: "POST", body, headers: { "Idempotency-Key": name } });
      toppingUp = null;
    }, tellIn(form));
  });
  return element("tr", {}, element("td", { class: "more", colspan: 8 }, form));
}

function drawTable() {
  if (!accounts.length) return byID("accounts").replaceChildren(nothing("noAccounts"));
  const made = table(
    [t("name"), t("balance"), t("locked"), t("available"), t("overrun"), t("markup"), t("created"), t("actions")],
    accounts.map((account) => [
      account.name, dollars(account.balance), dollars(account.locked_balance), dollars(account.available), dollars(account.overrun),
      String(account.markup), moment(account.createdAt),
      element("span", {},
        element("button", { type: "button", id: "topUp-" + account.id, "aria-label": `${t("topUp")}: ${account.name}`, onclick: () => {
          toppingUp = account.id;
          drawTable();
          byID("amount").focus();
        } }, t("topUp")), " ",
        element("button", { type: "button", class: "plain", id: "newKey-" + account.id, "aria-label": `${t("newKey")}: ${account.name}`, onclick: (event) => {
          if (!confirm(t("reallyNewKey", { name: account.name }))) return;
          act(event.target, async () => {
            const { name, key } = await send("POST", `/admin/accounts/${account.id}/rotate-key`);
            showSecret(name, key);
          });
        } }, t("newKey"))),
    ]), [1, 2, 3, 4, 5]);
  accounts.forEach((account, at) => {
    if (account.id === toppingUp) made.tBodies[0].rows[at].after(topUpForm(account));
  });
  byID("accounts").replaceChildren(made);
}

byID("open").addEventListener("submit", (event) => {
  event.preventDefault();
  act(event.submitter, async () => {
    const { name, key } = await send("POST", "/admin/accounts", { name: byID("name").value });
    showSecret(name, key);
    byID("name").value = "";
  }, tellIn(byID("open")));
});

export const accountName = (id) => accounts.find((account) => account.id === id)?.name;

export const accountsPart = {
  views: ["accounts", "audit"],
  read: () => read("/admin/accounts"),
  keep: (found) => { accounts = found.accounts; },
  draw: () => { if (!toppingUp || !byID("amount")) drawTable(); },
  clear: () => {
    accounts = [];
    toppingUp = null;
    byID("open").reset();
  },
};
