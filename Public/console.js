// The reseller's page: what is there, what was earned, and every client key.
import {
  barChart, byID, cards, count, dayName, element, gateway, moment, money, nothing, offer, save, t, table,
} from "./ui.js";
import { act, copyButton, hideSecret, notice, read, send, showSecret, start } from "./page.js";

const pageSize = 50;

// What was read last; everything on the page is drawn from it.
let state = null;
let sorting = { column: "created", isDown: true };
let shown = pageSize;
let made = [];
let logo = null;

const portalLink = (secret) => `${new URL(".", location.href)}#key=${secret}`;
const percent = (share) => share.toLocaleString(undefined, { style: "percent", maximumFractionDigits: 1 });

// MARK: balance and earnings

function drawBalance() {
  const { balance, keys } = state;
  const remaining = keys.reduce((sum, one) => sum + (one.remainingVirtual ?? 0), 0);
  byID("balance").replaceChildren(...cards([
    ["available", money(Number(balance.available))], ["locked", money(Number(balance.locked_balance))],
    ["balance", money(Number(balance.balance))], ["leftOnKeys", money(remaining)], ["keys", count(keys.length)],
  ]));
}

function drawEarnings() {
  const { days } = state;
  const sum = (name) => days.reduce((all, day) => all + day[name], 0);
  const [charged, cost, profit] = ["charged", "cost", "profit"].map(sum);
  const facts = [["charged", money(charged)], ["cost", money(cost)], ["profit", money(profit)],
    ["margin", charged > 0 ? percent(profit / charged) : "-"]];
  byID("earned").replaceChildren(...facts.map(([name, value]) =>
    element("div", {}, element("span", { class: "quiet" }, t(name)), element("div", {}, element("b", {}, value)))));
  byID("days").replaceChildren(barChart(days.map((day) => ({
    name: dayName(day.date), value: Math.max(0, day.profit),
    label: t("earnedLabel", { day: dayName(day.date), charged: money(day.charged), cost: money(day.cost), profit: money(day.profit) }),
  })), (value) => money(value, 2)));
  byID("daysTable").replaceChildren(table([t("day"), t("charged"), t("cost"), t("profit"), t("requests")],
    days.filter((day) => day.requests > 0).reverse().map((day) =>
      [day.date, money(day.charged), money(day.cost), money(day.profit), count(day.requests)])));
}

// MARK: new keys

function preview() {
  const [shownAmount, cost] = ["clientBudget", "budgetVirtual"].map((id) => Number(byID(id).value));
  byID("preview").textContent = shownAmount > 0 && cost > 0
    ? shownAmount < cost ? t("tooCheap")
      : t("preview", { factor: (shownAmount / cost).toLocaleString(undefined, { maximumFractionDigits: 4 }),
        margin: percent((shownAmount - cost) / shownAmount), profit: money(shownAmount - cost, 2) })
    : "";
}

byID("create").addEventListener("input", preview);
byID("create").addEventListener("submit", (event) => {
  event.preventDefault();
  const many = Number(byID("howMany").value);
  const label = byID("newLabel").value;
  const order = { clientBudget: Number(byID("clientBudget").value), budgetVirtual: Number(byID("budgetVirtual").value) };
  if (byID("rpm").value) order.rpmLimit = Number(byID("rpm").value);
  act(event.submitter, async () => {
    made = [];
    byID("progress").max = many;
    byID("progress").hidden = many === 1;
    try {
      for (let number = 1; number <= many; number += 1) {
        made.push(await send("POST", "/sub-keys", { ...order, label: many > 1 ? `${label} ${number}`.trim() : label }));
        byID("progress").value = number;
      }
    } finally {
      // Also where not all could be made: those that were are shown.
      byID("progress").hidden = true;
      drawMade();
    }
  });
});

function drawMade() {
  byID("made").hidden = made.length === 0;
  byID("letter").textContent = made.map((one) => t("letter", {
    label: one.label || one.keyId, key: one.key, budget: money(one.clientBudget, 2), link: portalLink(one.key),
    openai: gateway + "/openai/v1", anthropic: gateway + "/anthropic",
  })).join("\n\n");
}

byID("done").addEventListener("click", () => { made = []; drawMade(); });
copyButton(byID("copy"), () => byID("letter").textContent);

// What a spreadsheet would take for a formula is marked as text.
const cell = (value) => `"${String(value).replace(/^[=+\-@]/, "'$&").replaceAll('"', '""')}"`;

byID("csv").addEventListener("click", () => {
  const rows = made.map((one) => [one.label, one.key, one.clientBudget, one.budgetVirtual, portalLink(one.key)]);
  const lines = [["label", "key", "client_budget", "cost", "portal"], ...rows].map((row) => row.map(cell).join(","));
  save(new Blob([lines.join("\r\n") + "\r\n"], { type: "text/csv" }), "keys.csv");
});

// MARK: keys

function standing(one) {
  if (!one.isEnabled) return "disabled";
  if (one.expiresAt && Date.parse(one.expiresAt) <= Date.now()) return "expired";
  return one.remainingVirtual !== null && one.remainingVirtual <= 0 ? "exhausted" : "active";
}

const tags = (one) => [one.environment, one.team, one.project].filter(Boolean);
const profit = (one) => one.clientSpent - one.spentVirtual;

const columns = [
  { id: "name", name: "label", value: (one) => (one.label || one.keyId).toLowerCase() },
  { id: "state", name: "state", value: standing },
  { id: "clientLeft", name: "clientLeft", isNumber: true, value: (one) => (one.clientBudget === null ? Infinity : one.clientBudget - one.clientSpent) },
  { id: "clientSpent", name: "charged", isNumber: true, value: (one) => one.clientSpent },
  { id: "spent", name: "cost", isNumber: true, value: (one) => one.spentVirtual },
  { id: "profit", name: "profit", isNumber: true, value: profit },
  { id: "created", name: "opened", value: (one) => one.createdAt + one.id },
];

function wanted() {
  const words = byID("words").value.trim().toLowerCase();
  const [wantedState, tag] = [byID("stateFilter").value, byID("tagFilter").value];
  const { value } = columns.find((column) => column.id === sorting.column);
  const found = state.keys.filter((one) =>
    (!words || `${one.label} ${one.keyId} ${one.notes ?? ""} ${one.id}`.toLowerCase().includes(words))
    && (!wantedState || standing(one) === wantedState) && (!tag || tags(one).includes(tag)));
  const order = (one, other) => (value(one) < value(other) ? -1 : value(one) > value(other) ? 1 : 0);
  return found.sort((one, other) => (sorting.isDown ? order(other, one) : order(one, other)));
}

function drawKeys() {
  const found = wanted();
  byID("found").textContent = t("of", { used: count(found.length), limit: count(state.keys.length) });
  byID("more").hidden = found.length <= shown;
  if (!found.length) return byID("keys").replaceChildren(nothing(state.keys.length ? "noMatchingKey" : "noKeys"));
  const built = table([...columns.map((column) => t(column.name)), t("actions")], found.slice(0, shown).map((one) => [
    element("span", { title: one.keyId }, one.label || one.keyId, ...tags(one).map((tag) => element("span", { class: "tag" }, tag))),
    t(standing(one)), one.clientBudget === null ? t("noLimit") : money(one.clientBudget - one.clientSpent), money(one.clientSpent),
    money(one.spentVirtual), money(profit(one)), moment(one.createdAt),
    element("button", { type: "button", class: "plain", "aria-label": `${t("edit")}: ${one.label || one.keyId}`, onclick: () => openEditor(one) }, t("edit")),
  ]), columns.flatMap((column, at) => (column.isNumber ? [at] : [])));
  [...built.tHead.rows[0].cells].slice(0, columns.length).forEach((head, at) => {
    const { id, name } = columns[at];
    const isChosen = sorting.column === id;
    head.setAttribute("aria-sort", isChosen ? (sorting.isDown ? "descending" : "ascending") : "none");
    head.replaceChildren(element("button", { type: "button", class: "sort", id: "sort-" + id, onclick: () => {
      sorting = { column: id, isDown: isChosen ? !sorting.isDown : true };
      drawKeys();
      byID("sort-" + id).focus();
    } }, t(name), isChosen ? (sorting.isDown ? " ↓" : " ↑") : ""));
  });
  byID("keys").replaceChildren(built);
}

function drawFilters() {
  const all = ["", t("all")];
  offer(byID("stateFilter"), [all, ...["active", "exhausted", "disabled", "expired"].map((name) => [name, t(name)])]);
  offer(byID("tagFilter"), [all, ...[...new Set(state.keys.flatMap(tags))].sort().map((tag) => [tag, tag])]);
}

byID("filters").addEventListener("input", () => { shown = pageSize; drawKeys(); });
byID("filters").addEventListener("submit", (event) => event.preventDefault());
byID("more").addEventListener("click", () => { shown += pageSize; drawKeys(); });

// MARK: one key

function openEditor(one) {
  const dialog = byID("edit");
  const path = "/sub-keys/" + one.id;
  const field = (name, attributes) => {
    const input = element("input", attributes);
    return [input, element("label", {}, element("span", {}, t(name)), input)];
  };
  const [label, labelField] = field("label", { maxlength: 255, value: one.label });
  const [rpm, rpmField] = field("requestsPerMinute", { type: "number", min: 1, step: 1, value: one.rpmLimit });
  const [atOnce, atOnceField] = field("atOnce", { type: "number", min: 1, step: 1, value: one.concurrentLimit });
  const [team, teamField] = field("team", { maxlength: 100, value: one.team ?? "" });
  const [amount, amountField] = field("costUSD", { type: "number", min: 0, step: "any" });
  const shownAmount = element("p", { class: "quiet", role: "status" });
  amount.addEventListener("input", () => {
    shownAmount.textContent = amount.value ? t("clientGets", { amount: money(Number(amount.value) * one.displayMultiplier, 2) }) : "";
  });
  const button = (name, style, work, question) => {
    const pressed = element("button", { type: "button", class: style, onclick: async () => {
      if (question && !confirm(question)) return;
      if (await act(pressed, work)) dialog.close();
    } }, t(name));
    return pressed;
  };
  const name = one.label || one.keyId;
  dialog.replaceChildren(element("form", { class: "form", method: "dialog" },
    element("div", { class: "title" }, element("h2", { id: "editTitle" }, name),
      element("button", { class: "plain", "aria-label": t("close") }, "×")),
    element("p", { class: "quiet" }, t("soldAs", { budget: money(one.clientBudget, 2), cost: money(one.budgetVirtual, 2),
      factor: one.displayMultiplier.toLocaleString(undefined, { maximumFractionDigits: 4 }) })),
    labelField, element("div", { class: "pair" }, rpmField, atOnceField), teamField,
    element("div", { class: "row" }, button("save", "", () => send("PUT", path, {
      label: label.value, rpmLimit: Number(rpm.value), concurrentLimit: Number(atOnce.value), team: team.value || null,
    }))),
    element("hr"), amountField, shownAmount,
    element("div", { class: "row" },
      button("topUp", "", () => send("PUT", path, { addBudgetVirtual: Number(amount.value) })),
      button("reduce", "plain", () => send("PUT", path, { reduceBudgetVirtual: Number(amount.value) }))),
    element("hr"),
    element("div", { class: "row" },
      button(one.isEnabled ? "disable" : "enable", "plain", () => send("PUT", path, { isEnabled: !one.isEnabled })),
      button("newSecret", "plain", async () => {
        made = [{ ...(await send("POST", path + "/rotate", {})) }];
        drawMade();
      }, t("reallyNewSecret", { name })),
      button("delete", "plain", () => send("DELETE", path),
        t("reallyDelete", { name, amount: money(one.remainingVirtual ?? 0) })))));
  dialog.showModal();
}

// MARK: management keys

function drawManagementKeys() {
  const { managementKeys } = state;
  byID("managementKeys").replaceChildren(managementKeys.length
    ? table([t("label"), t("scope"), t("opened"), t("actions")], managementKeys.map((one) => [
      `${one.label || ""} ${one.keyId}`, one.scope, moment(one.createdAt),
      element("button", { type: "button", class: "plain", "aria-label": `${t("delete")}: ${one.label || one.keyId}`,
        onclick: (event) => act(event.target, () => send("DELETE", "/management-keys/" + one.id)) }, t("delete")),
    ]), [])
    : nothing("nothingYet"));
}

byID("manage").addEventListener("submit", (event) => {
  event.preventDefault();
  act(event.submitter, async () => {
    const one = await send("POST", "/management-keys", { label: byID("managementLabel").value, scope: byID("scope").value });
    byID("managementLabel").value = "";
    showSecret(one.label || one.keyId, one.key);
  });
});

// MARK: the customers' page

function drawLook() {
  byID("logo").hidden = byID("noLogo").hidden = !logo;
  if (logo) byID("logo").src = logo;
}

function fillLook(brand) {
  const values = { brandName: brand.name, colour: brand.colour ?? "#0b6e4f", firstLanguage: brand.language, contact: brand.contact, topUpLink: brand.topUp };
  for (const [id, value] of Object.entries(values)) byID(id).value = value ?? "";
  logo = brand.logo;
  drawLook();
}

byID("noLogo").addEventListener("click", () => { logo = null; byID("logoFile").value = ""; drawLook(); });
byID("logoFile").addEventListener("change", () => {
  const file = byID("logoFile").files[0];
  if (!file) return;
  const reader = new FileReader();
  reader.addEventListener("load", () => { logo = reader.result; drawLook(); });
  reader.readAsDataURL(file);
});
byID("look").addEventListener("submit", (event) => {
  event.preventDefault();
  act(event.submitter, async () => {
    fillLook(await send("PUT", "/brand", {
      name: byID("brandName").value || null, logo, colour: byID("colour").value, language: byID("firstLanguage").value || null,
      contact: byID("contact").value || null, topUp: byID("topUpLink").value || null,
    }));
    notice(t("saved"));
  });
});

// MARK: log

function drawLog() {
  byID("log").replaceChildren(state.log.data.length
    ? table([t("time"), t("model"), t("input"), t("output"), t("cost"), t("ending")], state.log.data.map((row) => [
      moment(row.created_at), row.model, count(row.input_tokens + row.cache_read_tokens + row.cache_write_tokens), count(row.output_tokens),
      money(row.cost_usdc), row.ending,
    ]), [2, 3, 4])
    : nothing("nothingYet"));
}

// MARK: the page

start({
  place: "tollgate-account-key", interval: 30_000, refused: { 401: "unknownKey", 403: "notAccount" },
  read: () => Promise.all([
    read("/balance"), read("/sub-keys"), read("/earnings"), read("/management-keys"), state ? null : read("/brand"),
    read("/usage-logs?limit=50"),
  ]),
  keep: ([balance, { subKeys }, { days }, { managementKeys }, brand, log]) => {
    state = { balance, keys: subKeys, days, managementKeys, log };
    if (brand) fillLook(brand);
  },
  draw: () => {
    drawBalance();
    drawEarnings();
    drawFilters();
    drawKeys();
    drawManagementKeys();
    drawLog();
    drawMade();
    preview();
  },
  clear: () => {
    state = null;
    made = [];
    drawMade();
    byID("edit").close();
    hideSecret();
  },
  isPaused: () => byID("edit").open,
});
