// What the reseller has, and what was earned on each day.
import { barChart, byID, cards, count, dayName, element, money, percent, t, table } from "./ui.js";

export function drawBalance(balance, keys) {
  const remaining = keys.reduce((sum, one) => sum + (one.remainingVirtual ?? 0), 0);
  byID("balance").replaceChildren(...cards([
    ["available", money(Number(balance.available))], ["locked", money(Number(balance.locked_balance))],
    ["balance", money(Number(balance.balance))], ["leftOnKeys", money(remaining)], ["keys", count(keys.length)],
  ]));
}

export function drawEarnings(days) {
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
