// The operator's page: accounts and their deposits, prices, the audit log, and how the gateway is doing.
import {
  Offline, Refused, byID, call, count, element, keyStore, languageChooser, moment, money, read, setLanguage, t, table,
  themeButton,
} from "./ui.js";

const key = keyStore("tollgate-admin-key");
const interval = 15_000;

// What was read last; everything on the page is drawn from it.
let state = null;
// The account that is topped up at the moment; its form stays while the page refreshes itself.
let toppingUp = null;

function notice(text) {
  byID("notice").textContent = text;
  byID("notice").hidden = !text;
}

function report(error) {
  if (error instanceof Refused && (error.status === 401 || error.status === 403)) {
    leave();
    notice(t(error.status === 401 ? "unknownKey" : "notAdmin"));
  } else {
    notice(error instanceof Offline ? t("offline") : t("failed", { message: error.message }));
  }
}

const send = async (method, path, body) => (await call(key.get(), path, { method, body })).json();

// Does what a button asks for, once, and shows what came of it.
async function act(button, work) {
  button.disabled = true;
  try {
    notice("");
    await work();
    await refresh();
  } catch (error) {
    report(error);
  } finally {
    button.disabled = false;
  }
}

const dollars = (text) => money(Number(text));
const nothing = (name) => element("p", { class: "empty" }, t(name));

// MARK: system

function drawStatus() {
  const { status } = state;
  const alarm = !status.ledgerWritable || status.stopping || status.overdueHolds > 0 || status.lostSettlements > 0;
  byID("health").textContent = t(!status.ledgerWritable ? "ledgerStuck" : status.stopping ? "stopping" : alarm ? "alarm" : "healthy");
  byID("health").className = alarm ? "pill bad" : "pill";
  byID("health").hidden = false;
  const facts = [
    ["openHolds", count(status.openHolds)], ["overdueHolds", count(status.overdueHolds)],
    ["lostSettlements", count(status.lostSettlements)],
    ["overruns", `${count(status.overruns)} (${money(status.overrunSum)})`], ["cuts", count(status.cuts)],
    ["extensions", count(status.extensions)],
  ];
  byID("status").replaceChildren(...facts.map(([name, value]) =>
    element("div", { class: "card" }, element("span", { class: "quiet" }, t(name)), element("strong", {}, value))));
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
      await call(key.get(), `/admin/accounts/${account.id}/deposits`, { method: "POST", body, headers: { "Idempotency-Key": name } });
      toppingUp = null;
    });
  });
  return element("tr", {}, element("td", { class: "more", colspan: 8 }, form));
}

function showSecret(account) {
  byID("secret").replaceChildren(element("p", {}, t("shownOnce", { name: account.name })), element("code", {}, account.key), " ",
    element("button", { type: "button", class: "plain", onclick: () => { byID("secret").hidden = true; byID("secret").replaceChildren(); } }, t("done")));
  byID("secret").hidden = false;
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
        element("button", { type: "button", "aria-label": `${t("topUp")}: ${account.name}`, onclick: () => {
          toppingUp = account.id;
          drawAccounts();
          byID("amount").focus();
        } }, t("topUp")), " ",
        element("button", { type: "button", class: "plain", "aria-label": `${t("newKey")}: ${account.name}`, onclick: (event) => {
          if (!confirm(t("reallyNewKey", { name: account.name }))) return;
          act(event.target, async () => showSecret(await send("POST", `/admin/accounts/${account.id}/rotate-key`)));
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
    showSecret(await send("POST", "/admin/accounts", { name: byID("name").value }));
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

byID("more").addEventListener("click", async (event) => {
  event.target.disabled = true;
  try {
    const older = await read(key.get(), "/admin/audit?limit=50&cursor=" + state.audit.next_cursor);
    state.audit = { data: [...state.audit.data, ...older.data], next_cursor: older.next_cursor };
    drawAudit();
  } catch (error) {
    report(error);
  } finally {
    event.target.disabled = false;
  }
});

function drawInterrupted() {
  const rows = state.interrupted.data;
  byID("interrupted").replaceChildren(rows.length
    ? table([t("time"), t("requestID"), t("yourKey"), t("model"), t("cost")],
      rows.map((row) => [moment(row.created_at), row.request_id, row.key_id, row.model, money(row.cost_usdc)]), [4])
    : nothing("neverInterrupted"));
}

// MARK: the page

function draw() {
  if (!state) return;
  drawStatus();
  if (!toppingUp || !byID("amount")) drawAccounts();
  drawDeposits();
  drawPrices();
  drawAudit();
  drawInterrupted();
  byID("updated").textContent = t("updated", { time: new Date().toLocaleTimeString() });
}

async function refresh() {
  const isKnown = Boolean(key.get());
  byID("enter").hidden = isKnown;
  byID("leave").hidden = !isKnown;
  byID("page").hidden = !isKnown;
  if (!isKnown) return;
  try {
    const [status, accounts, deposits, prices, audit, interrupted] = await Promise.all([
      read(key.get(), "/admin/status"), read(key.get(), "/admin/accounts"), read(key.get(), "/admin/deposits"),
      read(key.get(), "/admin/prices"),
      state?.audit.data.length > 50 ? state.audit : read(key.get(), "/admin/audit?limit=50"),
      read(key.get(), "/admin/interrupted"),
    ]);
    if (!key.get()) return;
    state = { status, accounts: accounts.accounts, deposits: deposits.deposits, prices, audit, interrupted };
    draw();
  } catch (error) {
    report(error);
  }
}

function leave() {
  key.forget();
  state = null;
  toppingUp = null;
  byID("secret").hidden = true;
  byID("secret").replaceChildren();
  notice("");
  refresh();
}

setLanguage();
const drawTheme = themeButton(byID("theme"));
languageChooser(byID("language"), () => {
  drawTheme();
  draw();
});
byID("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  key.set(byID("key").value.trim());
  byID("key").value = "";
  notice("");
  refresh();
});
byID("leave").addEventListener("click", leave);
setInterval(() => { if (!document.hidden) refresh(); }, interval);
refresh();
