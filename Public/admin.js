// The operator's page: accounts and their deposits, prices, the audit log, and how the gateway is doing.
import { byID, count, element, figures, moment, money, nothing, t, table } from "./ui.js";
import { act, ask, attempt, hideSecret, notice, read, send, showSecret, start } from "./page.js";

// What was read last; everything on the page is drawn from it.
let state = null;
// The account that is topped up at the moment; its form stays while the page refreshes itself.
let toppingUp = null;

const dollars = (text) => money(Number(text));

// MARK: system

function drawStatus() {
  const { status } = state;
  const alarm = !status.ledgerWritable || status.stopping || status.overdueHolds > 0 || status.lostSettlements > 0;
  byID("health").textContent = t(!status.ledgerWritable ? "ledgerStuck" : status.stopping ? "stopping" : alarm ? "alarm" : "healthy");
  byID("health").className = alarm ? "pill bad" : "pill";
  byID("health").hidden = false;
  figures({
    openHolds: count(status.openHolds), overdueHolds: count(status.overdueHolds), lostSettlements: count(status.lostSettlements),
    overruns: `${count(status.overruns)} (${money(status.overrunSum)})`, cuts: count(status.cuts), extensions: count(status.extensions),
  });
}

// MARK: accounts

// The first click opens this, the second pays.
function topUpForm(account) {
  const amount = element("input", { type: "number", min: "0.000000001", max: "10000000", step: "any", required: true, id: "amount" });
  const reference = element("input", { maxlength: "200", id: "reference" });
  const button = element("button", { type: "submit" }, t("enterDeposit"));
  const form = element("form", { class: "filters" },
    element("label", {}, element("span", {}, t("amountUSD")), amount),
    element("label", {}, element("span", {}, t("reference")), reference), button,
    element("button", { type: "button", class: "plain", onclick: () => { toppingUp = null; drawAccounts(); } }, t("cancel")));
  // The same name for each try: a call whose answer was lost is not paid twice.
  const name = "top-up-" + crypto.getRandomValues(new BigUint64Array(2)).join("-");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act(button, async () => {
      const body = { amount: Number(amount.value), ...(reference.value ? { reference: reference.value } : {}) };
      await ask(`/admin/accounts/${account.id}/deposits`, { method: "POST", body, headers: { "Idempotency-Key": name } });
      toppingUp = null;
    });
  });
  return element("tr", {}, element("td", { class: "more", colspan: 8 }, form));
}

function drawAccounts() {
  const { accounts } = state;
  if (!accounts.length) return byID("accounts").replaceChildren(nothing("noAccounts"));
  const made = table(
    [t("accountName"), t("balance"), t("locked"), t("available"), t("overrun"), t("markup"), t("opened"), t("actions")],
    accounts.map((account) => [
      account.name, dollars(account.balance), dollars(account.locked_balance), dollars(account.available), dollars(account.overrun),
      String(account.markup), moment(account.createdAt),
      element("span", {},
        element("button", { type: "button", id: "topUp-" + account.id, "aria-label": `${t("topUp")}: ${account.name}`, onclick: () => {
          toppingUp = account.id;
          drawAccounts();
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
  });
});

// MARK: deposits

function drawDeposits() {
  const { deposits, accounts } = state;
  if (!deposits.length) return byID("deposits").replaceChildren(nothing("noDeposits"));
  const names = new Map(accounts.map((account) => [account.id, account.name]));
  byID("deposits").replaceChildren(table(
    [t("accountName"), t("amountUSD"), t("reference"), t("entered"), t("state")],
    deposits.map((deposit) => [
      names.get(deposit.accountId) ?? deposit.accountId, money(deposit.amount), deposit.reference ?? "", moment(deposit.createdAt),
      deposit.status === "COMPLETED" ? t("completed") : element("button", { type: "button", onclick: (event) =>
        act(event.target, () => send("PATCH", "/admin/deposits/" + deposit.id, { status: "COMPLETED" })) }, t("complete")),
    ]), [1]));
}

// MARK: prices

function drawPrices() {
  const { prices } = state;
  byID("version").textContent = t("priceVersion", { version: prices.version, count: count(prices.models.length) })
    + prices.upcoming.map((one) => " " + t("upcoming", { time: new Date(one.effectiveFrom).toLocaleString() })).join("");
  const words = byID("words").value.trim().toLowerCase();
  const found = prices.models.filter((price) => price.model.toLowerCase().includes(words));
  byID("prices").replaceChildren(found.length
    ? table([t("model"), t("input"), t("output"), t("cacheRead"), t("cacheWrite")],
      found.slice(0, 200).map((price) => [price.model, money(price.input), money(price.output), money(price.cache_read), money(price.cache_write_5m)]))
    : nothing("noMatchingPrice"));
}

byID("words").addEventListener("input", drawPrices);
byID("search").addEventListener("submit", (event) => event.preventDefault());
byID("reload").addEventListener("click", (event) => act(event.target, async () => {
  const answer = await send("POST", "/admin/prices");
  notice(t(answer.changed ? "pricesChanged" : "pricesSame"));
}));

// MARK: audit

function drawAudit() {
  const { audit, accounts } = state;
  if (!audit.data.length) return byID("audit").replaceChildren(nothing("nothingYet"));
  const names = new Map(accounts.map((account) => [account.id, account.name]));
  byID("audit").replaceChildren(table(
    [t("time"), t("who"), t("accountName"), t("action"), t("changes")],
    audit.data.map((line) => [
      moment(line.at), `${line.credential}${line.address ? " " + line.address : ""}`, names.get(line.accountId) ?? "", line.action,
      element("code", {}, JSON.stringify(line.changes).slice(0, 200)),
    ]), []));
  byID("more").hidden = audit.next_cursor === null;
}

byID("more").addEventListener("click", (event) => attempt(event.target, async () => {
  const older = await read("/admin/audit?limit=50&cursor=" + state.audit.next_cursor);
  state.audit = { data: [...state.audit.data, ...older.data], next_cursor: older.next_cursor };
  drawAudit();
}));

function drawInterrupted() {
  const rows = state.interrupted.data;
  byID("interrupted").replaceChildren(rows.length
    ? table([t("time"), t("requestID"), t("yourKey"), t("model"), t("cost")],
      rows.map((row) => [moment(row.created_at), row.request_id, row.key_id, row.model, money(row.cost_usdc)]), [4])
    : nothing("neverInterrupted"));
}

// MARK: the page

start({
  place: "tollgate-admin-key", interval: 15_000, refused: { 401: "unknownKey", 403: "notAdmin" },
  read: () => Promise.all([
    read("/admin/status"), read("/admin/accounts"), read("/admin/deposits"), read("/admin/prices"),
    state?.audit.data.length > 50 ? state.audit : read("/admin/audit?limit=50"), read("/admin/interrupted"),
  ]),
  keep: ([status, { accounts }, { deposits }, prices, audit, interrupted]) => {
    state = { status, accounts, deposits, prices, audit, interrupted };
  },
  draw: () => {
    drawStatus();
    if (!toppingUp || !byID("amount")) drawAccounts();
    drawDeposits();
    drawPrices();
    drawAudit();
    drawInterrupted();
  },
  clear: () => {
    state = null;
    toppingUp = null;
    hideSecret();
  },
});
