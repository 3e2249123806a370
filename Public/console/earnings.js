// Revenue, cost and profit: by day or hour, and by key, model and tag.
import { barChart } from "../shared/charts.js";
import { byID, element, figures, moment, offer } from "../shared/dom.js";
import { count, dayName, hourName, money, percent } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { read, refresh } from "../shared/page.js";
import { nothing, table } from "../shared/tables.js";

const sums = ["requests", "inputTokens", "outputTokens", "charged", "cost", "profit"];
// Bars that are drawn; the table has every row.
const mostBars = 10;
let earned = null;

const inColumn = (amount) => money(amount, 4);

// The days or hours of the chart, each with its name on the axis and in the table.
function steps() {
  return earned.hours
    ? earned.hours.map((one) => ({ ...one, name: hourName(one.start), fullName: moment(one.start) }))
    : earned.days.map((one) => ({ ...one, name: dayName(one.date), fullName: one.date }));
}

function draw() {
  const all = steps();
  const sum = (name) => all.reduce((total, step) => total + step[name], 0);
  const [charged, cost, profit] = ["charged", "cost", "profit"].map(sum);
  figures({ charged: money(charged), cost: money(cost), profit: money(profit), margin: charged > 0 ? percent(profit / charged) : "-" });
  barChart(byID("days"), all.map(({ name, charged, cost, profit }) => ({
    name, value: Math.max(0, profit),
    label: t("earnedLabel", { day: name, charged: money(charged), cost: money(cost), profit: money(profit) }),
  })), money);
  byID("daysTable").replaceChildren(table([t(earned.hours ? "hour" : "day"), t("charged"), t("yourCost"), t("profit"), t("requests"), t("tokens")],
    all.filter((one) => one.requests > 0).reverse().map((one) =>
      [one.fullName, ...[one.charged, one.cost, one.profit].map(inColumn), count(one.requests), count(one.inputTokens + one.outputTokens)])));
  drawShares();
}

// Returns the sums of all keys with the same tag, or none.
function grouped(keys, tag) {
  const groups = new Map();
  for (const key of keys) {
    const group = groups.get(key[tag]) ?? { name: key[tag] ?? t("untagged"), ...Object.fromEntries(sums.map((sum) => [sum, 0])) };
    for (const sum of sums) group[sum] += key[sum];
    groups.set(key[tag], group);
  }
  return [...groups.values()].sort((one, other) => other.charged - one.charged);
}

function shares(by) {
  if (by === "model") return earned.models.map((one) => ({ ...one, name: one.model }));
  if (by === "key") return earned.keys.map((one) => ({ ...one, name: one.label || one.id }));
  return grouped(earned.keys, by);
}

function drawShares() {
  offer(byID("by"), ["key", "model", "team", "project", "environment"].map((name) => [name, t(name)]));
  const found = shares(byID("by").value);
  const most = Math.max(...found.map((one) => one.charged), 0);
  const bar = (kind, amount) => {
    const part = element("span", { class: kind });
    part.style.width = (most > 0 ? (100 * Math.max(0, amount)) / most : 0) + "%";
    return part;
  };
  byID("shares").replaceChildren(...(found.length ? found.slice(0, mostBars).map((one) => element("div", {},
    element("div", { class: "name" }, element("span", {}, one.name),
      element("span", { class: "quiet" }, t("chargedAndProfit", { charged: money(one.charged), profit: money(one.profit) }))),
    element("div", { class: "stack", "aria-hidden": "true" }, bar("in", one.profit), bar("out", one.cost)))) : [nothing("nothingYet")]));
  byID("sharesTable").replaceChildren(table([t(byID("by").value), t("charged"), t("yourCost"), t("profit"), t("margin"), t("requests"), t("input"), t("output")],
    found.map((one) => [one.name, ...[one.charged, one.cost, one.profit].map(inColumn), one.charged > 0 ? percent(one.profit / one.charged) : "-",
      count(one.requests), count(one.inputTokens), count(one.outputTokens)])));
}

export const earningsPart = {
  views: ["overview"], read: () => read("/earnings?" + byID("span").value), keep: (found) => { earned = found; }, draw, clear: () => { earned = null; },
};

byID("by").addEventListener("change", drawShares);
byID("span").addEventListener("change", refresh);
