// What was earned: on each day, and with which keys, models and tags.
import { barChart, byID, count, dayName, element, figures, money, nothing, offer, percent, t, table } from "./ui.js";
import { read, refresh } from "./page.js";

const sums = ["requests", "inputTokens", "outputTokens", "charged", "cost", "profit"];
// So many bars are drawn; the table has all.
const mostBars = 10;
let earned = null;

const inColumn = (amount) => money(amount, 4);

function draw() {
  const { days } = earned;
  const sum = (name) => days.reduce((all, day) => all + day[name], 0);
  const [charged, cost, profit] = ["charged", "cost", "profit"].map(sum);
  figures({ charged: money(charged), cost: money(cost), profit: money(profit), margin: charged > 0 ? percent(profit / charged) : "-" });
  barChart(byID("days"), days.map((day) => ({
    name: dayName(day.date), value: Math.max(0, day.profit),
    label: t("earnedLabel", { day: dayName(day.date), charged: money(day.charged), cost: money(day.cost), profit: money(day.profit) }),
  })), money);
  byID("daysTable").replaceChildren(table([t("day"), t("charged"), t("cost"), t("profit"), t("requests"), t("tokens")],
    days.filter((day) => day.requests > 0).reverse().map((day) =>
      [day.date, ...[day.charged, day.cost, day.profit].map(inColumn), count(day.requests), count(day.inputTokens + day.outputTokens)])));
  drawShares();
}

// What stands for all keys that have the same tag, or none.
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
  byID("sharesTable").replaceChildren(table([t(byID("by").value), t("charged"), t("cost"), t("profit"), t("margin"), t("requests"), t("input"), t("output")],
    found.map((one) => [one.name, ...[one.charged, one.cost, one.profit].map(inColumn), one.charged > 0 ? percent(one.profit / one.charged) : "-",
      count(one.requests), count(one.inputTokens), count(one.outputTokens)])));
}

export const earningsPart = {
  views: ["overview"], read: () => read("/earnings?days=" + byID("span").value), keep: (found) => { earned = found; }, draw, clear: () => { earned = null; },
};

byID("by").addEventListener("change", drawShares);
byID("span").addEventListener("change", refresh);
